"""A real WordPress on the loopback: a private MariaDB, PHP's web server, and Debian's WordPress where it lies."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
PACKAGED = Path("/usr/share/wordpress")
SECONDS_TO_START = 60
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))  # where mariadbd is, not on every user's path


@dataclass(frozen=True)
class WordPress:
    """An installed WordPress. ``act`` does things to it behind the web server's back, as an editor does."""

    url: str
    environment: dict[str, str]

    def act(self, *actions: tuple, installing: bool = False) -> list:
        """Do what functions of act.php of these names do with the values that follow; return what each returned."""
        done = subprocess.run(
            ["php", "-d", "display_errors=stderr", HERE / "act.php", *(["install"] if installing else [])],
            input=json.dumps([[name, values] for name, *values in actions]),
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0 and not done.stderr, done.stderr + done.stdout
        return json.loads(done.stdout)


@contextmanager
def serve() -> Iterator[WordPress]:
    """Run a WordPress that has just been installed, with pretty permalinks, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="wp-") as name:  # short: the path of a socket has 107 bytes at most
        folder = Path(name)
        with _database(folder) as where:
            port = _free_port()
            url = f"http://127.0.0.1:{port}"
            known = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
            environment = {**known, **where, "WORDPRESS_HOME": url, "WORDPRESS_ROOT": str(_farm(folder / "www"))}
            blog = WordPress(f"{url}/", environment)
            blog.act(("install",), installing=True)
            with _web_server(folder, port, environment):
                yield blog


def _farm(root: Path) -> Path:
    """Lay out WordPress: its own files copied where they say where they are, the large folders linked."""
    (root / "wp-content/mu-plugins").mkdir(parents=True)
    (root / "wp-content/uploads").mkdir()
    for file in PACKAGED.glob("*.php"):
        shutil.copyfile(file, root / file.name)
    for name in ("wp-admin", "wp-includes", "wp-content/themes"):
        (root / name).symlink_to(PACKAGED / name)
    shutil.copyfile(HERE / "wp-config.php", root / "wp-config.php")
    shutil.copyfile(HERE / "plugins.php", root / "wp-content/mu-plugins/plugins.php")
    return root


@contextmanager
def _database(folder: Path) -> Iterator[dict[str, str]]:
    """Run a MariaDB of our own without a port; give how WordPress finds its database."""
    # The server refuses to run as root unless told by name; else it runs as whoever runs the tests.
    user = ["--user=root"] if os.geteuid() == 0 else []
    data, connection = folder / "data", folder / "sql"
    install = [_program("mariadb-install-db"), "--no-defaults", *user, f"--datadir={data}", "--skip-test-db"]
    start = [_program("mariadbd"), "--no-defaults", *user, f"--datadir={data}", f"--socket={connection}",
             f"--pid-file={folder}/pid", "--skip-networking", "--skip-log-bin"]  # fmt: skip
    create = [_program("mariadb"), "--no-defaults", "-uroot", f"--socket={connection}", "-e", "CREATE DATABASE blog"]
    with (folder / "mariadb.log").open("wb") as log:
        subprocess.run(
            [*install, "--auth-root-authentication-method=normal"], stdout=log, stderr=log, timeout=120, check=True
        )
        # Nothing here is worth a write to the disk before the end.
        process = subprocess.Popen([*start, "--innodb-flush-log-at-trx-commit=0"], stdout=log, stderr=log)
        try:
            _wait(lambda: subprocess.run(create, capture_output=True, timeout=30).returncode == 0, process, log.name)
            yield {"WORDPRESS_SOCKET": str(connection), "WORDPRESS_DATABASE": "blog", "WORDPRESS_USER": "root"}
        finally:
            _end(process)


@contextmanager
def _web_server(folder: Path, port: int, environment: dict[str, str]) -> Iterator[None]:
    root = environment["WORDPRESS_ROOT"]
    with (folder / "php.log").open("wb") as log:
        process = subprocess.Popen(
            ["php", "-d", "opcache.enable_cli=1", "-S", f"127.0.0.1:{port}", "-t", root, HERE / "router.php"],
            env=environment, cwd=root, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait(lambda: _answers(port), process, log.name)
            yield
        finally:
            _end(process)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/wp-includes/version.php", timeout=5):
            return True
    except OSError:
        return False


def _wait(is_ready, process: subprocess.Popen[bytes], log: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not is_ready():
        assert process.poll() is None and time.monotonic() < deadline, Path(log).read_text(errors="replace")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _program(name: str) -> str:
    return shutil.which(name, path=_PATH) or name


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
