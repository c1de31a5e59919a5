"""The server: on the loopback alone, for reading alone, and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Server


def test_nobody_else_on_the_network_is_listened_to(server: Server) -> None:
    port = int(server.address.rpartition(":")[2])
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    local = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    assert [place for place in local if place.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize("sql", ["DELETE FROM articles", "WITH x AS (SELECT 1) DELETE FROM articles", "VACUUM"])
def test_nothing_can_be_written(server: Server, sql: str) -> None:
    before = server.database.read_bytes()
    assert server.get("/news.json", sql=sql).status == 400
    assert server.database.read_bytes() == before


def test_a_query_without_end_is_stopped(server: Server) -> None:
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    answer = server.get("/news.json", sql=sql, _timelimit="50")
    assert answer.status == 400
    assert "interrupted" in answer.text.lower()
