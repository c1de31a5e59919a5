"""How well documents are cleaned: our path beside other tools, on pages and dumps labelled by hand, in one run.

    python benchmarks/quality.py [GOLD …] [--html FILE] [--json FILE] [--verbose] [--no-peers]

The same as `newsharvest bench quality`; without GOLD it takes the goldens of the tests. No network.
"""

from __future__ import annotations

import sys
from pathlib import Path

from newsharvest.cli import main

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"

if __name__ == "__main__":
    given = sys.argv[1:]
    values = {place + 1 for place, word in enumerate(given) if word in ("--json", "--html")}
    has_gold = any(not word.startswith("-") for place, word in enumerate(given) if place not in values)
    main(["bench", "quality", *given, *([] if has_gold or "--help" in given else [str(GOLDEN)])])
