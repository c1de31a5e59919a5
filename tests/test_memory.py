"""The memory of a crawl does not grow with the number of its links."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells the memory of a process")
def test_ten_times_the_links_take_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from memory import measure

    few, many = (measure(links, pages=200, cleaners=1) for links in (5000, 50_000))
    assert min(few.by_pages) == min(many.by_pages) == 1 and max(many.by_pages) == 200
    assert many.peak < few.peak + 20, (few, many)  # 45,000 rows in memory would be as many requests: 80 MB and more
    assert many.by_pages[200] < many.by_pages[1] + 15
