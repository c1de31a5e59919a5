"""Each example of docs/downstream.md runs on what an export wrote, where the packages that it takes are installed."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest
from exporting import export, fill

from newsharvest.exports import record
from newsharvest.store import Store

PAGE = (Path(__file__).parent.parent / "docs" / "downstream.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```(python|sql|json)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PYTHON = [code for language, code in EXAMPLES if language == "python"]
# What an example must print: an article of the three that there are.
ARTICLES = 3


def packages(code: str) -> set[str]:
    """Return the packages that an example imports, and what those take to read its files."""
    modules = {name for node in ast.walk(ast.parse(code)) for name in _imported(node)}
    modules |= {"pyarrow"} if {"pandas", "datasets"} & modules else set()
    return modules | ({"orjson"} if "datatrove" in modules else set())


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    return [node.module.split(".")[0]] if isinstance(node, ast.ImportFrom) and node.module else []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("downstream")
    (folder / "output").mkdir()
    with Store(folder / "output" / "news.db") as store:
        fill(store, ARTICLES)
        export(store, folder / "news.jsonl")
        if importlib.util.find_spec("pyarrow"):
            export(store, folder / "news.parquet", kind="parquet")
            export(store, folder / "dataset", kind="dataset")
    return folder


def test_there_is_an_example_of_each() -> None:
    wanted = {"sqlite3", "json", "pandas", "duckdb", "datasets", "datatrove", "jsonschema"}
    assert wanted <= {name for code in PYTHON for name in packages(code)}


@pytest.mark.parametrize("code", PYTHON, ids=lambda code: "-".join(sorted(packages(code))))
def test_an_example_runs(folder: Path, code: str) -> None:
    for name in sorted(packages(code)):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    env = os.environ | {"HF_HOME": str(folder / "cache"), "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}
    env |= {"PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONWARNINGS": "default", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "validator" in code or re.search(r"शीर्षक|\b[ab]\b", done.stdout), done.stdout


def test_the_query_runs(folder: Path) -> None:
    (query,) = (code for language, code in EXAMPLES if language == "sql")
    with closing(sqlite3.connect(folder / "output" / "news.db")) as database:
        assert len(database.execute(query).fetchall()) == ARTICLES


def test_the_withdrawal_is_as_the_schema_says() -> None:
    (example,) = (code for language, code in EXAMPLES if language == "json")
    jsonschema.Draft202012Validator(record.schema()).validate(json.loads(example))


def test_every_field_is_documented() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \|", PAGE, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert named == ["schema_version", *record.FIELDS]
