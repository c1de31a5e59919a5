"""`newsharvest clean`: text and pages in, text or JSON lines out."""

from __future__ import annotations

import json
import os
import re

import pytest
from console import DUMP, JUNK, MARATHI, PROSE, run, run_process

KEYS = [
    "path", "url", "title", "summary", "authors", "agency", "published_at", "modified_at", "language", "truncated",
    "text", "removals", "rejected",
]  # fmt: skip
TITLE = "नहर की सफाई का काम महीने भर में पूरा होगा"
PAGE = f"""<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>{TITLE}</title>
<meta property="article:published_time" content="2024-02-03T10:00:00+05:30"></head>
<body><article><h1>{TITLE}</h1>{"".join(f"<p>{line}</p>" for line in PROSE)}</article></body></html>"""


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(DUMP, encoding="utf-8")
    return path


def objects(*arguments, **options):
    result = run("clean", "--jsonl", *arguments, **options)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_object_of_a_dump(dump):
    (found,) = objects(dump)
    assert list(found) == KEYS
    assert found["path"] == str(dump) and found["rejected"] is None
    assert (found["url"], found["title"], found["authors"], found["language"]) == (None, None, [], "hi")
    assert found["text"] == "\n".join(PROSE)
    first = found["removals"][0]
    assert list(first) == ["stage", "rule", "because", "text", "position"]
    assert (first["stage"], first["text"], first["position"]) == ("line", JUNK, 1)
    assert first["rule"] in first["because"]


def test_the_object_of_a_page(tmp_path):
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (found,) = objects(tmp_path / "a.html", "--url", "https://example.com/khabar/1")
    assert (found["url"], found["title"]) == ("https://example.com/khabar/1", TITLE)
    assert found["published_at"] == "2024-02-03T04:30:00+00:00"
    assert found["text"] == "\n".join(PROSE)


def test_a_wordpress_post(tmp_path):
    content = "".join(f"<p>{line}</p>" for line in PROSE)
    post = {"link": "https://example.com/p/", "date_gmt": "2024-02-03T04:30:00", "title": {"rendered": TITLE}}
    (tmp_path / "a.json").write_text(json.dumps(post | {"content": {"rendered": content}}), encoding="utf-8")
    (found,) = objects(tmp_path / "a.json")
    assert (found["url"], found["title"], found["text"]) == ("https://example.com/p/", TITLE, "\n".join(PROSE))


def test_documents_come_in_the_order_given_and_folders_sorted(tmp_path, dump):
    for name in ("f/2.txt", "f/1.txt", "f/sub/0.txt", "f/photo.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(DUMP, encoding="utf-8")
    paths = [found["path"] for found in objects(f"{tmp_path}/f/2.txt", dump, f"{tmp_path}/f")]
    assert paths == [f"{tmp_path}/{name}" for name in ("f/2.txt", "a.txt", "f/1.txt", "f/2.txt", "f/sub/0.txt")]


def test_paths_are_told_as_given(dump, monkeypatch):
    monkeypatch.chdir(dump.parent)
    assert [found["path"] for found in objects("./a.txt", "a.txt")] == ["./a.txt", "a.txt"]


def test_what_is_not_hindi_passes_unless_the_gate_is_asked_for(tmp_path):
    (tmp_path / "m.txt").write_text(MARATHI, encoding="utf-8")
    (passed,) = objects(tmp_path / "m.txt")
    assert passed["language"] == "mr" and passed["text"] and passed["rejected"] is None
    (refused,) = objects("--gate", tmp_path / "m.txt")
    assert list(refused) == KEYS
    assert refused["rejected"]["stage"] == "language" and "Marathi" in refused["rejected"]["reason"]
    assert (refused["text"], refused["removals"], refused["title"], refused["authors"]) == (None, [], None, [])


def test_an_empty_file_is_rejected_with_a_reason(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"")
    (found,) = objects(tmp_path / "a.txt")
    assert found["rejected"]["stage"] == "document" and found["rejected"]["reason"]


def test_one_object_is_one_line_for_every_reader(tmp_path):
    (tmp_path / "a.txt").write_text(DUMP.replace("कि ", "कि\u2028\u0085 "), encoding="utf-8")
    (tmp_path / "odd\u2028name.txt").write_text(DUMP, encoding="utf-8")
    result = run("clean", "--jsonl", tmp_path)
    assert len(result.stdout.splitlines()) == 2
    assert json.loads(result.stdout.splitlines()[1])["path"].endswith("odd\u2028name.txt")
    assert "नहर" in result.stdout and "\\u0928" not in result.stdout


@pytest.mark.parametrize("body", [DUMP, PAGE])
def test_standard_input_is_text_or_html(body):
    (found,) = objects("-", stdin=body.encode("utf-8"))
    assert found["path"] == "-" and found["text"] == "\n".join(PROSE)


def test_standard_input_that_is_no_text_is_named():
    result = run("clean", "-", stdin=b"\x89PNG\r\n\x1a\n\0\0")
    assert result.exit_code == 1 and result.stderr == "-: not text, HTML or a JSON post\n"


def test_what_cannot_be_read_is_named_and_the_others_go_on(tmp_path, dump):
    (tmp_path / "bad.json").write_text('{"a": ', encoding="utf-8")
    result = run("clean", "--jsonl", tmp_path / "none.txt", tmp_path / "bad.json", dump)
    assert result.exit_code == 1
    assert [json.loads(line)["path"] for line in result.stdout.splitlines()] == [str(dump)]
    none, bad = result.stderr.splitlines()
    assert none == f"{tmp_path}/none.txt: No such file or directory"
    assert bad.startswith(f"{tmp_path}/bad.json, line 1: not JSON")


def test_rows_of_a_table_are_named_by_their_line(tmp_path):
    (tmp_path / "a.csv").write_text("title,text\n" + f'x,"{DUMP}"\n' * 2, encoding="utf-8")
    assert [found["path"] for found in objects(tmp_path / "a.csv")] == [f"{tmp_path}/a.csv#2", f"{tmp_path}/a.csv#7"]


def test_the_url_belongs_to_one_document(dump):
    assert "give one file" in run("clean", "--url", "https://example.com/1", dump, dump).stderr
    assert "give one file" in run("clean", "--url", "https://example.com/1", dump.parent).stderr
    assert "not an http address" in run("clean", "--url", "example.com", dump).stderr


def test_plain_output_is_title_and_text(tmp_path):
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    assert run("clean", tmp_path / "a.html").stdout == "\n".join((TITLE, "", *PROSE, ""))


def test_several_documents_are_told_apart(dump):
    shown = run("clean", dump.parent).stdout
    assert shown == f"== {dump} ==\n" + "\n".join(PROSE) + "\n\n"


def test_a_rejection_is_told_beside_the_text(tmp_path):
    (tmp_path / "m.txt").write_text(MARATHI, encoding="utf-8")
    result = run("clean", "--gate", tmp_path / "m.txt")
    assert result.exit_code == 0 and result.stdout == ""
    assert re.fullmatch(r".*/m\.txt: rejected \(language: Marathi .*\)\n", result.stderr)


def test_escapes_do_not_reach_the_terminal(tmp_path):
    (tmp_path / "a\x1b[31m.txt").write_text(DUMP.replace("विभाग", "विभाग\x1b]0;x\x07\x9b31m"), encoding="utf-8")
    result = run("clean", tmp_path, tmp_path / "none\x1b[2J.txt")
    assert "\x1b" not in result.output and "\x9b" not in result.output and "\x07" not in result.output


def test_odd_file_names_come_out(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(DUMP)
    done = run_process("clean", "--jsonl", tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["path"] == f"{tmp_path}/caf\\xe9.txt"
