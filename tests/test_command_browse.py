"""`newsharvest browse`: what it says where it cannot serve."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from browsing import Server, environment
from console import run_process


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    done = run_process("browse", "--no-open", "--db", tmp_path / "none.db")
    assert done.returncode == 1
    assert "there is no database at" in done.stderr.decode()


def test_a_port_in_use_is_named(server: Server) -> None:
    port = server.address.rpartition(":")[2]
    done = run_process("browse", "--no-open", "--port", port, "--db", server.database)
    assert done.returncode == 1
    assert f"port {port} cannot be used" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_without_datasette_it_says_what_to_install(server: Server) -> None:
    code = "import sys; sys.modules['datasette'] = None; from newsharvest.cli import main; main()"
    words = [sys.executable, "-c", code, "browse", "--no-open", "--db", str(server.database)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, env=environment())
    assert done.returncode == 1
    assert done.stderr == "Error: browsing needs Datasette: pip install 'newsharvest[browse]'\n"
