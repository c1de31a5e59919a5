"""The layout holds: who may import whom, how long a module may get, and no word-matching that breaks Hindi."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cleaners", "newsharvest", "spiders")
FILES = {
    path.relative_to(ROOT).as_posix(): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))
}

LONGEST = 400
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}

DATABASE = {"sqlite3", "sqlite_utils"}
HEAVY = {"pyarrow", "redis", "datasette", "datatrove"}
SCRAPY = {"scrapy", "twisted", "itemadapter", "parsel"}

SQL_OUTSIDE_THE_STORE = {"newsharvest/archive.py", "newsharvest/formats/sqlite.py"}

# Modules that Scrapy loads, and nobody else.
SCRAPY_SIDE = {
    "newsharvest/addon.py",
    "newsharvest/ending.py",
    "newsharvest/fleet.py",
    "newsharvest/guard.py",
    "newsharvest/httpcache.py",
    "newsharvest/inspector.py",
    "newsharvest/pipelines.py",
    "newsharvest/politeness/origins.py",
    "newsharvest/politeness/retry.py",
    "newsharvest/politeness/robots.py",
    "newsharvest/politeness/slots.py",
    "newsharvest/politeness/tdm.py",
    "newsharvest/scheduler.py",
    "newsharvest/sitecheck.py",
}

# Where re's own \w or \b, or isalnum, is right, and why. Key: file and the name that holds it.
RIGHT_ON_PURPOSE = {
    ("cleaners/devanagari.py", "_WORD"): "adds the Devanagari ranges that the class lacks",
    ("cleaners/devanagari.py", "_LETTER"): "counts base letters, so signs are left out on purpose",
    ("cleaners/devanagari.py", "_OTHER_LETTERS"): "leaves out Devanagari, whose letters are counted apart",
    ("cleaners/encoding.py", "_XML_ROOT"): "names of XML elements",
    ("spiders/addresses.py", "_TRACKING"): "names of URL parameters",
    ("spiders/times.py", "_IST"): "a time zone in Latin letters, behind digits",
}


@functools.cache
def source_of(name: str) -> str:
    return FILES[name].read_text(encoding="utf-8")


@functools.cache
def parsed(name: str) -> ast.Module:
    return ast.parse(source_of(name), name)


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield every module imported anywhere in a file, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that a test can read them"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_at_start(tree: ast.Module) -> Iterator[str]:
    """Yield what the import of a file imports with it: not what stands in functions or under TYPE_CHECKING."""
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        pending += [child for child in ast.walk(node) if child is not node and isinstance(child, ast.stmt)]


def hits(modules: Iterator[str], banned: set[str]) -> set[str]:
    """Return the imported modules that are, or lie in, a banned one."""
    return {module for module in modules for name in banned if module == name or module.startswith(f"{name}.")}


def banned_for(name: str) -> set[str]:
    """Return what a file may never import."""
    banned: set[str] = set()
    if name.startswith("cleaners/"):
        banned |= SCRAPY | DATABASE | {"click", "newsharvest", "spiders"}
    if name.startswith("spiders/"):
        banned |= DATABASE | {"cleaners", "trafilatura", "click"}
    if name in ("newsharvest/flow.py", "newsharvest/language.py", "newsharvest/fingerprint.py"):
        banned |= SCRAPY | DATABASE
    if not name.startswith("newsharvest/store/") and name not in SQL_OUTSIDE_THE_STORE:
        banned |= DATABASE
    if not name.startswith("newsharvest/commands/") and name != "newsharvest/cli.py":
        banned |= {"click"}
    return banned


def test_there_are_files_to_look_at():
    assert {name.split("/")[0] for name in FILES} == set(PACKAGES)


def test_import_directions():
    offences = {name: hits(imported(parsed(name)), banned_for(name)) for name in FILES}
    assert {name: banned for name, banned in offences.items() if banned} == {}


def test_spiders_know_only_the_items_of_the_application():
    for name in FILES:
        if name.startswith("spiders/"):
            ours = {module for module in imported(parsed(name)) if module.split(".")[0] == "newsharvest"}
            assert all(module.startswith("newsharvest.items") for module in ours), name


def test_weight_is_taken_on_only_where_needed():
    for name in FILES:
        banned = set(HEAVY)
        if name.startswith("newsharvest/browse/"):  # which `newsharvest browse` alone imports, when it runs
            banned -= {"datasette"}
        else:
            banned |= {"newsharvest.browse"}
        if name.startswith("newsharvest/") and name not in SCRAPY_SIDE:
            banned |= SCRAPY
        if not name.startswith("cleaners/"):
            banned |= {"trafilatura"}
        assert not hits(imported_at_start(parsed(name)), banned), name


def test_commands_start_without_the_weight_of_the_crawl():
    code = "import sys, newsharvest.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {module.split(".")[0] for module in done.stdout.splitlines()[-1].split()}
    assert "click" in loaded
    assert not loaded & (HEAVY | SCRAPY | {"trafilatura", "langdetect", "dateparser", "feedparser", "lxml"})


def test_only_commands_print():
    for name in FILES:
        if name != "newsharvest/cli.py" and not name.startswith("newsharvest/commands/"):
            calls = [node.func for node in ast.walk(parsed(name)) if isinstance(node, ast.Call)]
            assert not [call.lineno for call in calls if isinstance(call, ast.Name) and call.id == "print"], name


def test_modules_are_short_and_say_what_they_are_for():
    for name in FILES:
        assert len(source_of(name).splitlines()) <= LONGEST, name
        assert ast.get_docstring(parsed(name)), f"{name} begins with what it is for"


def test_names_say_something():
    for name in FILES:
        parts = Path(name).with_suffix("").parts
        assert not FORBIDDEN_NAMES & {word for part in parts for word in part.split("_")}, name


# --- Python's own idea of a word does not see Devanagari vowel signs -------------------------------------------------


def faults_of(source: str, file: str = "x.py") -> list[tuple[str, str]]:
    """Return (holder, fault) for each use of re's word classes, and of isalnum, in a source text.

    The holder is the module-level name or the function that the fault stands in. Patterns given to the regex module
    are right; any other string with such a class is a fault in a file that imports re.
    """
    tree = ast.parse(source, file)
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    from_re = any(isinstance(node, ast.ImportFrom) and node.module == "re" for node in ast.walk(tree))
    uses_re = from_re or "re" in aliases.values()
    right: set[int] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and aliases.get(ast.unparse(call.func.value)) == "regex":
            right |= {id(child) for argument in (*call.args, *call.keywords) for child in ast.walk(argument)}
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for statement in tree.body:
        holder = _holder(statement)
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and node.attr == "isalnum":
                found.append((holder, "isalnum"))
            if uses_re and isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
                if id(node) not in right | docstrings and re.search(r"(?<!\\)(?:\\\\)*\\[wWbB]", text):
                    found.append((holder, text))
    return found


def _holder(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AnnAssign):
        return ast.unparse(statement.target)
    return getattr(statement, "name", "")


def test_words_are_not_left_to_python():
    faults = {(name, *fault) for name in FILES for fault in faults_of(source_of(name), name)}
    assert {fault for fault in faults if fault[:2] not in RIGHT_ON_PURPOSE} == set()
    assert set(RIGHT_ON_PURPOSE) <= {fault[:2] for fault in faults}, "an exception that nothing needs any more"


@pytest.mark.parametrize(
    ("source", "is_fault"),
    [
        (r'import re; A = re.compile(r"\w+")', True),
        (r'import re; A = re.compile("\\bकल\\b")', True),
        (r'import re as r; A = "x" + r"[\W]"; B = r.compile(A)', True),
        (r'from re import search; A = lambda s: search(rf"{s}\b", s)', True),
        (r'import re; A = re.compile(rb"\b")', True),
        ("def f(s): return s.isalnum()", True),
        ("A = filter(str.isalnum, 'क')", True),
        (r'import regex; A = regex.compile(r"\w+")', False),
        (r'import regex as re; A = re.compile(r"\b")', False),
        (r'import re; A = re.compile(r"\\w \s \d")', False),
        (r'import re; A = re.compile("[^\\d_]")', False),
        ('def f():\n    r"""Python\'s \\w is wrong."""', False),
    ],
)
def test_the_look_for_words_sees(source, is_fault):
    assert bool(faults_of(source)) is is_fault


def test_rules_in_data_do_not_look_for_hindi_words_so():
    """The word classes of a rule's regex may stand among Latin letters only (code, English plugins)."""
    for file in (ROOT / "cleaners" / "data").rglob("*.toml"):
        with file.open("rb") as opened:
            patterns = [text for text in _texts(tomllib.load(opened)) if re.search(r"\\[wWbB]", text)]
        latin = [text for text in patterns if re.search("[a-z]{2}", text) and not re.search("[\u0900-\u097f]", text)]
        assert patterns == latin, file.name


def _texts(value: object) -> Iterator[str]:
    """Yield the regular expressions in a loaded TOML table, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "regex":
                yield from [inner] if isinstance(inner, str) else inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
