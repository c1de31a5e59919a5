"""The speed benchmark runs on a page and a dump, and says what it measured."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_prints_a_row_a_document():
    paths = [next((ROOT / "tests" / "golden").glob(f"*/*/page.{suffix}")) for suffix in ("html", "txt")]
    command = [sys.executable, str(ROOT / "benchmarks" / "speed.py"), *map(str, paths), "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["milliseconds", "kB", "ours", "trafilatura", "langdetect", "sum", "ratio"]
    assert [row.split()[0] for row in rows] == list(map(str, paths))
    for row in rows:
        kilobytes, ours, *others, both, ratio = map(float, row.split()[1:7])
        assert kilobytes > 0
        assert abs(both - sum(others)) < 0.02
        assert abs(ratio - ours / both) < 0.02
