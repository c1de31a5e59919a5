"""An export is whole or not there, and with a cursor every change is told exactly once, whenever it is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from console import command
from exporting import export, fill, order, read_lines, url_of, withdraw
from store_pages import keep

from newsharvest.exports import delivery
from newsharvest.exports.delivery import check_dest, deliver
from newsharvest.exports.target import TargetError, temporary_path
from newsharvest.sitelock import SiteLock
from newsharvest.store import Store
from newsharvest.store.exporting import Choice

TESTS = Path(__file__).parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "news.db") as store:
        yield store


def told(*paths: Path) -> Counter[int]:
    """Return how often each article is told, withdrawn ones by minus their id."""
    rows = [row for path in paths for row in read_lines(path)]
    return Counter(row["id"] if "text" in row else -row["id"] for row in rows)


def test_a_reader_gets_each_change_once(store: Store, tmp_path: Path) -> None:
    fill(store, 3)
    done = export(store, tmp_path / "1.jsonl", cursor="daily")
    assert (done.documents, done.withdrawn, done.resumed, done.repeated) == (3, 0, None, None)
    keep(store, url_of(2), "बदला हुआ पाठ।", site="a")
    withdraw(store, 3)
    fill(store, 1, start=4)
    done = export(store, tmp_path / "2.jsonl", cursor="daily")
    assert (done.documents, done.withdrawn) == (2, 1)
    assert told(tmp_path / "2.jsonl") == {2: 1, -3: 1, 4: 1}
    assert export(store, tmp_path / "3.jsonl", cursor="daily").documents == 0
    assert (tmp_path / "3.jsonl").read_bytes() == b""
    # Another reader has a cursor of its own; an export without one moves none.
    assert export(store, tmp_path / "4.jsonl", cursor="weekly").documents == 3
    assert export(store, tmp_path / "5.jsonl").documents == 3
    assert export(store, tmp_path / "6.jsonl", cursor="weekly").documents == 0


def test_a_cursor_reads_one_choice(store: Store, tmp_path: Path) -> None:
    fill(store, 2)
    export(store, tmp_path / "1.jsonl", cursor="daily", site="a")
    with pytest.raises(TargetError, match=r"cursor daily reads another choice of articles.*\"site\": \"a\""):
        export(store, tmp_path / "2.jsonl", cursor="daily")
    fill(store, 2, start=3)
    assert export(store, tmp_path / "2.jsonl.gz", cursor="daily", site="a").documents == 1


def test_an_export_that_fails_moves_no_cursor(store: Store, tmp_path: Path) -> None:
    fill(store, 2)
    (tmp_path / "1.jsonl").write_text("किसी और का", encoding="utf-8")
    with pytest.raises(TargetError, match="exists already"):
        export(store, tmp_path / "1.jsonl", cursor="daily")
    with pytest.raises(KeyboardInterrupt):
        deliver(store, order(tmp_path / "2.jsonl", cursor="daily"), interrupt)
    assert sorted(path.name for path in tmp_path.glob("*jsonl*")) == ["1.jsonl"]
    assert export(store, tmp_path / "2.jsonl", cursor="daily").documents == 2


def interrupt() -> None:
    raise KeyboardInterrupt


def test_two_exports_with_one_cursor_do_not_run_at_once(store: Store, tmp_path: Path) -> None:
    lock = SiteLock(store.path, "export:daily")
    assert lock.acquire()
    try:
        with pytest.raises(TargetError, match="another export with the cursor daily is going on"):
            export(store, tmp_path / "1.jsonl", cursor="daily")
        export(store, tmp_path / "1.jsonl", cursor="weekly")
    finally:
        lock.release()
    export(store, tmp_path / "2.jsonl", cursor="daily")


@pytest.mark.parametrize(
    ("kind", "name", "compression"),
    [
        ("jsonl", "a.jsonl", ""), ("jsonl", "a.jsonl.gz", ".gz"), ("jsonl", "a.jsonl.zst", ".zst"),
        ("sentences", "a.txt.zst", ".zst"), ("warc", "a.warc.gz", ".gz"), ("parquet", "a.parquet", ""),
        ("txt", "a", ""), ("dataset", "a.b", ""),
    ],
)  # fmt: skip
def test_the_name_tells_the_compression(kind: str, name: str, compression: str) -> None:
    assert check_dest(kind, Path("/x", name)) == compression


@pytest.mark.parametrize(
    ("kind", "name"),
    [("jsonl", "a.json"), ("jsonl", "a.jsonl.bz2"), ("jsonl", ".jsonl"), ("parquet", "a.parquet.gz"), ("warc", "a"),
     ("sentences", "a.jsonl"), ("txt", "a.txt"), ("txt", "a.txt.gz"), ("dataset", "a.parquet")],
)  # fmt: skip
def test_a_name_that_does_not_fit_is_refused_before_anything_is_written(
    store: Store, tmp_path: Path, kind: str, name: str
) -> None:
    with pytest.raises(TargetError, match=r"name a file that ends in|is written to a folder"):
        export(store, tmp_path / name, kind=kind)
    assert not (tmp_path / name).exists()


# --- killed ---

# Kills itself at one step of the delivery, before or after it.
SUICIDE = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from exporting import export
from newsharvest.exports.target import Target
from newsharvest.store import Store
from newsharvest.store.exporting import Exports

def die(owner, name, is_after):
    real = getattr(owner, name)
    def step(*arguments, **options):
        if is_after:
            real(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, name, step)

die({{"Target": Target, "Exports": Exports}}[sys.argv[1]], sys.argv[2], sys.argv[3] == "after")
with Store(Path(sys.argv[4])) as store:
    export(store, Path(sys.argv[5]), cursor="daily", kind=sys.argv[6])
"""


def die_at(step: str, database: Path, dest: Path, kind: str = "jsonl") -> None:
    owner, name, moment = step.split()
    code = textwrap.dedent(SUICIDE.format(tests=str(TESTS)))
    words = [sys.executable, "-c", code, owner, name, moment, str(database), str(dest), kind]
    done = subprocess.run(words, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr


UNPUBLISHED = ("Target seal before", "Exports announce before", "Exports announce after", "Target publish before")
PUBLISHED = ("Target publish after", "Exports move before")


@pytest.mark.parametrize(("step", "next_name"), list(zip(UNPUBLISHED, ("1.jsonl", "2.jsonl") * 2, strict=True)))
def test_killed_before_the_file_has_its_name(store: Store, tmp_path: Path, step: str, next_name: str) -> None:
    fill(store, 3)
    die_at(step, store.path, tmp_path / "1.jsonl")
    assert not (tmp_path / "1.jsonl").exists()
    fill(store, 1, start=4)
    done = export(store, tmp_path / next_name, cursor="daily")
    assert (done.documents, done.resumed, done.repeated) == (4, None, None)
    assert export(store, tmp_path / "3.jsonl", cursor="daily").documents == 0
    if "announce after" in step or "publish" in step:
        assert not temporary_path(tmp_path / "1.jsonl").exists()


@pytest.mark.parametrize(("step", "kind"), [(PUBLISHED[0], "jsonl"), (PUBLISHED[1], "txt")])
def test_killed_before_the_cursor_moved_and_run_again_for_the_same_file(
    store: Store, tmp_path: Path, step: str, kind: str
) -> None:
    fill(store, 3)
    name = {"jsonl": "{}.jsonl", "txt": "folder {}"}[kind]
    first, second = (tmp_path / name.format(number) for number in (1, 2))
    die_at(step, store.path, first, kind)
    inode = first.stat().st_ino
    fill(store, 1, start=4)
    done = export(store, first, cursor="daily", kind=kind)
    assert (done.documents, done.resumed) == (0, first)
    assert first.stat().st_ino == inode
    assert export(store, second, cursor="daily", kind=kind).documents == 1


@pytest.mark.parametrize("step", PUBLISHED)
def test_killed_before_the_cursor_moved_and_run_again_for_another_file(store: Store, tmp_path: Path, step: str) -> None:
    fill(store, 3)
    die_at(step, store.path, tmp_path / "1.jsonl")
    fill(store, 1, start=4)
    done = export(store, tmp_path / "2.jsonl", cursor="daily")
    assert (done.documents, done.resumed) == (1, tmp_path / "1.jsonl")
    assert told(tmp_path / "1.jsonl", tmp_path / "2.jsonl") == dict.fromkeys((1, 2, 3, 4), 1)


def test_killed_and_the_file_replaced_by_another_is_not_taken_for_ours(store: Store, tmp_path: Path) -> None:
    fill(store, 3)
    die_at("Target publish before", store.path, tmp_path / "1.jsonl")
    (tmp_path / "1.jsonl").write_text("किसी और का", encoding="utf-8")
    assert export(store, tmp_path / "2.jsonl", cursor="daily").documents == 3


def test_killed_and_the_file_gone_is_told_again(store: Store, tmp_path: Path) -> None:
    """Whether it was taken away or never got its name cannot be known: rather twice than never."""
    fill(store, 3)
    die_at("Target publish after", store.path, tmp_path / "1.jsonl")
    (tmp_path / "1.jsonl").unlink()
    done = export(store, tmp_path / "2.jsonl", cursor="daily")
    assert (done.documents, done.repeated) == (3, tmp_path / "1.jsonl")


def export_whole(database: Path, dest: Path) -> None:
    subprocess.run(command("export", "jsonl", dest, "--new", "--db", database), capture_output=True, check=True)


def export_and_kill(database: Path, dest: Path, seconds: float) -> bool:
    """Return whether an export was killed before its end."""
    words = command("export", "jsonl", dest, "--new", "--db", database)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        time.sleep(seconds)
        process.kill()
        _, shown = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), shown
    return process.returncode != 0


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_killed_at_any_moment_nothing_is_lost_or_told_twice(store: Store, tmp_path: Path, kills: int) -> None:
    fill(store, 150)
    began = time.monotonic()
    export_whole(store.path, tmp_path / "first.jsonl.gz")
    took = time.monotonic() - began
    files, deaths, newest = [tmp_path / "first.jsonl.gz"], 0, 150
    while deaths < kills:
        fill(store, 40, start=newest + 1)
        newest += 40
        dest = tmp_path / f"{newest}.jsonl.gz"
        deaths += export_and_kill(store.path, dest, random.uniform(0.4, 0.95) * took)
        if dest.exists():
            files.append(dest)
            read_lines(dest)  # whole
    last = tmp_path / "last.jsonl.gz"
    export_whole(store.path, last)
    assert told(*files, last) == dict.fromkeys(range(1, newest + 1), 1)
    assert {path.name for path in tmp_path.glob("*.gz")} == {path.name for path in (*files, last)}


def test_the_order_of_the_steps(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is on the disk before the next step relies on it."""
    fill(store, 1)
    steps: list[str] = []
    real_fsync, real_rename = os.fsync, os.rename

    def fsync(file: int) -> None:
        steps.append(f"fsync {Path(os.readlink(f'/proc/self/fd/{file}')).name}")
        real_fsync(file)

    def rename(old: Path, new: Path) -> None:
        steps.append("rename")
        real_rename(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    for name in ("announce", "move"):
        real = getattr(type(store.exports), name)
        monkeypatch.setattr(
            type(store.exports), name, lambda *given, name=name, real=real: (steps.append(name), real(*given))
        )
    export(store, tmp_path / "a", cursor="daily", kind="txt")
    (file,) = (tmp_path / "a").rglob("*.txt")
    assert steps == [
        f"fsync {file.name}", f"fsync {file.parent.name}", "fsync .a.part", "announce", "rename",
        f"fsync {tmp_path.name}", "move",
    ]  # fmt: skip


def test_formats_are_all_described() -> None:
    assert set(delivery.SUFFIXES) == {"jsonl", "parquet", "txt", "sentences", "dataset", "warc"}
    assert Choice().describe() == Choice().describe() != Choice(site="a").describe()
