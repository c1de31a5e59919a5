"""`newsharvest bench quality`: the tables, the files, every line that went wrong with its rule."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from console import PROSE, run
from goldens import ROOT

from newsharvest import __version__
from newsharvest.commands import bench

JUNK = "यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान"
SCRIPT = ROOT.parent.parent / "benchmarks" / "quality.py"
STAYS = "मंडी समिति के सचिव ने यह भी माना कि पिछले सप्ताह आलू की आवक सामान्य से कम रही थी।"


def write_gold(folder: Path, rows: list[str]) -> Path:
    folder.mkdir(parents=True)
    (folder / "page.txt").write_text("\n".join(row.split("\t")[1] for row in rows), encoding="utf-8")
    (folder / "gold.tsv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture
def wrong(tmp_path) -> Path:
    """Gold that we cannot satisfy: junk that looks like prose, and prose that a rule takes."""
    write_gold(tmp_path / "gold" / "nahar" / "a", [f"K\t{line}" for line in PROSE] + [f"D\t{STAYS}\tteaser"])
    write_gold(tmp_path / "gold" / "mandi" / "b", [f"K\t{PROSE[0]}", f"K\t{JUNK}", f"K\t{PROSE[1]}"])
    return tmp_path / "gold"


def table(output: str, start: str) -> dict[str, list[str]]:
    """Return the rows of the table whose header begins so, by their first cells."""
    lines = output.splitlines()
    begin = next(index for index, line in enumerate(lines) if line.startswith(start))
    rows = [[cell for cell in line.split("  ") if cell] for line in lines[begin:]]
    end = next((index for index, row in enumerate(rows) if not row), len(rows))
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows[:end]}


def test_the_goldens_are_perfect_and_both_of_our_rows_are_shown():
    folder = ROOT / "dumps"
    result = run("bench", "quality", "--no-peers", folder)
    assert result.exit_code == 0 and result.stdout.startswith(f"{folder}: ")
    rows = table(result.stdout, "tool")
    assert list(rows) == ["tool", "newsharvest", "newsharvest, no site files"]
    figures = dict(zip(rows["tool"], rows["newsharvest"], strict=True))
    assert (figures["F1"], figures["left"].partition("/")[0], figures["failed"]) == ("1.0000", "0", "0")
    assert "trafilatura" not in result.stdout and "Not installed" not in result.stdout


def test_documents_that_are_to_be_refused_are_counted_but_not_scored():
    result = run("bench", "quality", "--no-peers", ROOT / "jagran")
    assert "; 1 more are to be refused, and not scored\n" in result.stdout
    refused = run("bench", "quality", "--no-peers", ROOT / "jagran" / "section-page")
    assert refused.exit_code == 1 and "none can be scored" in refused.stderr


def test_figures_by_site_and_by_junk(wrong):
    shown = run("bench", "quality", "--no-peers", wrong).stdout
    sites = table(shown, "site")
    assert list(sites) == ["site", "nahar", "mandi"] and sites["mandi"][0] == "1"
    assert sites["nahar"][1] < sites["mandi"][1], "the worst site comes first"
    result = run("bench", "quality", "--no-peers", ROOT / "bhaskar")
    assert table(result.stdout, "junk")["nav"][1] == "0"


def test_every_wrong_line_is_listed_with_its_rule(wrong):
    shown = run("bench", "quality", "--no-peers", "--verbose", wrong).stdout
    assert f"lost  mandi/b: {JUNK}\n      also-read/" in shown
    assert shown.count(f"left  nahar/a: {STAYS}\n") == 1, "once, though both of our rows left it"
    assert PROSE[0] not in shown
    assert JUNK not in run("bench", "quality", "--no-peers", wrong).stdout


def test_a_line_lost_outside_the_body_has_its_rule_too(tmp_path):
    page = f"<html><body><nav><p>{STAYS}</p></nav><article><p>{'</p><p>'.join(PROSE)}</p></article></body></html>"
    folder = write_gold(tmp_path / "nahar" / "a", [f"K\t{STAYS}", *(f"K\t{line}" for line in PROSE)])
    (folder / "page.txt").rename(folder / "page.html")
    (folder / "page.html").write_text(page, encoding="utf-8")
    shown = run("bench", "quality", "--no-peers", "--verbose", folder).stdout
    assert f"lost  nahar/a: {STAYS}\n      strips/" in shown


def test_a_document_lost_whole_says_why(tmp_path):
    folder = write_gold(tmp_path / "nahar" / "a", ["K\tLeave a Comment"])
    shown = run("bench", "quality", "--no-peers", "--verbose", folder).stdout
    assert "lost  nahar/a: Leave a Comment\n      rejected: line: nothing but boilerplate" in shown
    assert table(shown, "tool")["newsharvest"][-2] == "1", "and is counted as failed"


def test_a_line_that_no_rule_took():
    assert bench.find_rule(JUNK, ()) is None


def test_json_and_page_are_written(wrong, tmp_path):
    files = tmp_path / "run.json", tmp_path / "run.html"
    assert run("bench", "quality", "--no-peers", wrong, "--json", files[0], "--html", files[1]).exit_code == 0
    found = json.loads(files[0].read_text(encoding="utf-8"))
    assert found["newsharvest"] == __version__ and found["rules"] and found["run_at"].endswith("+00:00")
    assert [tool["tool"] for tool in found["sets"][0]["tools"]] == ["newsharvest", "newsharvest, no site files"]
    assert files[1].read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_file_that_cannot_be_written_is_said_before_anything_is_measured(wrong, tmp_path):
    for option in ("--json", "--html"):
        result = run("bench", "quality", wrong, option, tmp_path / "none" / "run")
        assert result.exit_code == 2 and f"there is no folder {tmp_path}/none" in result.stderr
        assert result.stdout == ""


def test_gold_that_is_none_is_a_message(tmp_path):
    result = run("bench", "quality", tmp_path)
    assert result.exit_code == 1 and f"Error: {tmp_path}: neither a folder" in result.stderr
    (write_gold(tmp_path / "s" / "a", ["K\tx"]) / "gold.tsv").write_text("Z\tx\n", encoding="utf-8")
    assert "gold.tsv, line 1: 'Z' is none of" in run("bench", "quality", tmp_path).stderr


def test_a_page_that_went_away_is_a_message(tmp_path):
    from newsharvest import contenders, gold

    document = gold.read_folder(write_gold(tmp_path / "s" / "a", ["K\tx"]))
    document.body.unlink()
    with pytest.raises(bench.click.ClickException, match="No such file"):
        bench._measure(contenders.ours()[0], document)


def run_script(*arguments: object) -> str:
    command = [sys.executable, "-W", "ignore", str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_other_tools_stand_beside_ours(tmp_path):
    shown = run_script(ROOT / "bhaskar", ROOT / "dumps", "--json", tmp_path / "run.json")
    assert {"newsharvest", "trafilatura", "trafilatura, precision"} <= table(shown, "tool").keys()
    found = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert ("Not installed: " in shown) == bool(found["not_installed"])
    assert all(name in shown for name in found["not_installed"])
    for gold_set in found["sets"]:
        ours = [tool["f1"] for tool in gold_set["tools"] if tool["tool"].startswith("newsharvest")]
        others = [tool["f1"] for tool in gold_set["tools"] if not tool["tool"].startswith("newsharvest")]
        assert max(others) < min(ours) and max(others) > 0.8


def test_the_script_measures_the_goldens_where_nothing_is_named(tmp_path):
    shown = run_script("--no-peers", "--json", tmp_path / "run.json")
    assert shown.startswith(f"{ROOT}: ")
    sites = table(shown, "site")
    assert len(sites) == 1 + 15 + 1, "the header, fifteen sites, and how many more there are"
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["sets"][0]["tools"][0]["f1"] > 0.9
