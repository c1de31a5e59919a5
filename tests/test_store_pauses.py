"""The time before which a site is left alone is kept by site, rounded up, and read back as aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from newsharvest.store import Store


def test_one_time_a_site(tmp_path: Path) -> None:
    when = datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with Store(tmp_path / "news.db", prefix="nh_") as store:
        assert store.not_before("a") is None
        store.set_not_before("a", when)
        store.set_not_before("b", when + timedelta(days=1))
        assert store.not_before("a") == datetime(2026, 3, 1, 6, 30, 1, tzinfo=UTC)
        store.set_not_before("a", datetime(2026, 3, 1, tzinfo=UTC))
        with pytest.raises(ValueError, match="without a zone"):
            store.set_not_before("a", datetime(2026, 3, 1))
    with Store(tmp_path / "news.db", prefix="nh_", readonly=True) as store:
        assert store.not_before("a") == datetime(2026, 3, 1, tzinfo=UTC)
        assert store.not_before("b") == datetime(2026, 3, 2, 6, 30, 1, tzinfo=UTC)
