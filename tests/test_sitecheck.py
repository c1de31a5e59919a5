"""Checking sites side by side, each at its own pace: from the web or from an archive, and nothing is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import newssite
from newssite import Answer
from sitechecking import line_of, site_of, verdicts

from newsharvest.archive import Archive


def test_a_site_that_hangs_ends_at_its_time_and_delays_no_other(outlets):
    with newssite.serve() as slow:
        slow.answers["/feed.xml"] = Answer(b"x", seconds=60)
        text = (outlets.folder / "outlets.py").read_text()
        (outlets.folder / "outlets.py").write_text(text.replace("http://slow.example", slow.url("")))
        finished = outlets.run("sites", "check", "dheema", "ulta", "--json", "--max-seconds", "3")
    assert finished.status == 1, finished.err
    assert [source["verdict"] for source in finished.site("dheema")["sources"]] == ["timeout", "timeout"]
    assert finished.site("dheema")["fault"] == "not done after 3 s"
    assert 3 <= finished.site("dheema")["seconds"] < 5
    assert finished.site("ulta")["sources"][0]["verdict"] == "refused" and finished.site("ulta")["seconds"] < 3
    assert finished.seconds < 20


def test_a_site_that_asks_for_time_gets_it(outlets):
    assert verdicts(outlets, "ruka") == {"/ruka.xml": "waiting"}
    assert verdicts(outlets, "vyast") == {"/busy.xml": "waiting", "/after-busy.xml": "waiting"}
    assert not {"/ruka.xml", "/after-busy.xml"} & set(outlets.asked)
    assert not site_of(outlets, "ruka")["changes"] and not site_of(outlets, "vyast")["changes"]


def test_a_spider_that_is_broken_is_told_and_stops_no_other(outlets):
    assert site_of(outlets, "toota")["fault"] == "RuntimeError: it is broken"
    assert set(verdicts(outlets, "toota").values()) == {"unchecked"}
    assert not site_of(outlets, "toota")["changes"]


def test_nothing_is_stored(outlets):
    assert outlets.finished.status == 1
    assert outlets.finished.err.count("broke off") == 1  # that of the broken spider
    assert outlets.left["news.db"] == outlets.files["news.db"]
    assert "archive.db" not in outlets.left


def test_an_archive_is_read_instead_of_the_web_and_left_as_it_is(outlets, tmp_path):
    archive, before = tmp_path / "archive.db", len(outlets.main.asked)
    with Archive(archive) as writing:
        for path, answer in outlets.main.answers.items():
            headers = [("Content-Type", answer.media_type)]
            url, at = outlets.main.url(path), outlets.main.now
            writing.put(url, status=answer.status, headers=headers, body=answer.body, fetched_at=at)
    content = archive.read_bytes()
    finished = outlets.run("sites", "check", "khabar", "--archive", archive, "--db", tmp_path / "news.db")
    assert finished.status == 0, finished.out + finished.err
    assert len(outlets.main.asked) == before
    assert archive.read_bytes() == content
    assert "khabar: 4 of 4 sources work" in finished.out
    assert f"-> outlets.py:{line_of('verified=False,')}: drop verified=False" in finished.out
    assert newssite.headline(0) in finished.out
    assert finished.out.splitlines()[-1] == "1 site, 4 sources: 4 works"


def test_a_live_check_asks_no_reservation_that_the_archive_knows_and_writes_nothing_there(outlets, tmp_path):
    with Archive(tmp_path / "archive.db") as archive:
        answer = {"status": 404, "headers": [], "body": b"", "fetched_at": datetime.now(UTC)}
        archive.put(outlets.main.url("/.well-known/tdmrep.json"), **answer)
    content, asked = (tmp_path / "archive.db").read_bytes(), outlets.main.times("/.well-known/tdmrep.json")
    finished = outlets.run("sites", "check", "khabar", "--db", tmp_path / "news.db")
    assert finished.status == 0, finished.out + finished.err
    assert outlets.main.times("/.well-known/tdmrep.json") == asked and asked.total()
    assert (tmp_path / "archive.db").read_bytes() == content
    assert not (tmp_path / "news.db").exists()
