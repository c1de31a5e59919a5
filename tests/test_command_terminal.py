"""What commands share when they speak: safe text, aligned tables, JSON lines, progress."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from console import write_corpus

from newsharvest.commands import terminal


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\x9b", "\x7f", "\r", "\u202e", "\u2066", "\u2028", "\x85"])
def test_what_commands_a_terminal_is_taken_out(char):
    assert terminal.make_safe(f"क{char}ख") == "कख"
    assert char not in terminal.make_safe_line(f"क{char}ख")


def test_text_itself_is_left_alone():
    text = "पत्\u200dनी ने कहा:\n\t“ठीक है”"
    assert terminal.make_safe(text) == text
    assert terminal.make_safe_line("दो\nपंक्तियां  हैं") == "दो पंक्तियां हैं"


def test_a_json_line_is_one_line_in_utf8(capsys):
    value = {"text": "क\u2028ख\u2029ग\x85घ\n", "path": "a"}
    terminal.print_json_line(value)
    printed = capsys.readouterr().out
    assert printed.splitlines() == [printed.rstrip("\n")] and "क" in printed
    assert json.loads(printed) == value


def test_a_table_is_aligned_also_in_hindi(capsys):
    terminal.print_table(("नाम", "n"), [("किसान", 1200), ("क", 7), ("新聞", None)])
    assert capsys.readouterr().out.splitlines() == ["नाम        n", "किसान  1,200", "क          7", "新聞"]


def test_times_are_told_as_in_india():
    assert terminal.format_cell(datetime(2024, 2, 3, 20, 0, tzinfo=UTC)) == "2024-02-04 01:30"


@pytest.mark.parametrize(
    ("stage", "reason", "group"),
    [
        ("language", "Marathi (mr): आहे ×6", "language: Marathi (mr)"),
        ("document", "listing (12 headlines)", "document: listing"),
        ("document", "error: ValueError: x", "document: error"),
    ],
)
def test_reasons_are_counted_without_what_is_of_one_page(stage, reason, group):
    assert terminal.group_reason(stage, reason) == group


def test_a_log_gets_a_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "_SECONDS_BETWEEN_LINES", 0)
    with terminal.show_progress("importing", None) as progress:
        progress.advance(1500)
    assert capsys.readouterr().err == "importing 1,500 documents\n"


@pytest.mark.parametrize(("seconds", "is_shown"), [(0, True), (60, False)])
def test_a_terminal_gets_a_bar_once_it_takes_long(tmp_path, seconds, is_shown):
    code = f"from newsharvest.commands import terminal; terminal._SECONDS_BEFORE_PROGRESS = {seconds}"
    words = [sys.executable, "-c", f"{code}; from newsharvest.cli import main; main()", "import"]
    own, other = pty.openpty()
    process = subprocess.Popen(
        [*words, write_corpus(tmp_path / "corpus"), "--db", tmp_path / "news.db"],
        stderr=other, stdout=subprocess.PIPE, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(other)
    shown = b""
    try:
        while piece := os.read(own, 4096):
            shown += piece
    except OSError:  # Linux's word for the end of a terminal
        pass
    os.close(own)
    assert b"4 documents" in shown or not is_shown
    assert is_shown or shown == b""
    assert b"stored" in process.communicate()[0] and process.returncode == 0
