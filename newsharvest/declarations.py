"""Where a declaration stands: the file and line of a spider's source, of its patterns, of a key of a site file."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1; None where the file is all that is known."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A source as it is written. ``call`` is its text, cut where it is long, ``verified`` where that is said.

    ``part`` is the string (``part_place``) that makes this one of many out of one expression: ``Feed(f"…/{x}.xml")``.
    """

    place: Place
    call: str
    verified: Place | None = None
    part: str | None = None
    part_place: Place | None = None

    @property
    def is_one_of_many(self) -> bool:
        return self.part is not None


def find_source(spider: type, kind: str, url: str) -> Declaration | None:
    """Return how the source of that address is declared in the spider's file, or None where no line of it says so."""
    file = inspect.getsourcefile(spider)
    if file is None:
        return None
    tree = _tree(file)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == kind and node.args]
    exact = [call for call in calls if _value(call.args[0]) == url]
    for call in exact:
        return Declaration(_place(file, call), _shorten(call, url), _verified(file, call))
    for call in calls:
        values = _parts(call.args[0], url)
        if values is not None:
            part = _constant(tree, values)
            at = _place(file, part) if part else None
            text = _shorten(call, ast.unparse(call.args[0]).strip("f\"'"))
            return Declaration(_place(file, call), text, _verified(file, call), part and part.value, at)
    return None


def find_attribute(spider: type, name: str) -> Place | None:
    """Return where a class attribute is set, in the class or the nearest one above it."""
    for owner in inspect.getmro(spider):
        if name in vars(owner) and (file := inspect.getsourcefile(owner)):
            for node in ast.walk(_tree(file)):
                if isinstance(node, ast.ClassDef) and node.name == owner.__name__:
                    found = next((it for it in node.body if name in _targets(it)), node)
                    return _place(file, found)
    return None


def find_in_module(module: ModuleType, name: str) -> Place:
    """Return where a module defines a function or a name."""
    file = inspect.getsourcefile(module) or module.__name__
    for node in _tree(file).body:
        if name in _targets(node) or getattr(node, "name", None) == name:
            return _place(file, node)
    return Place(show(file))


def find_class(spider: type) -> Place:
    """Return where a spider's class begins."""
    file = inspect.getsourcefile(spider) or spider.__module__
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.ClassDef) and node.name == spider.__name__:
            return _place(file, node)
    return Place(show(file))


def site_file_of(slug: str, valid_until: date | None) -> str:
    """Return the path of the site file of that name and day."""
    folder = resources.files("cleaners").joinpath("data", "sites")
    for source in folder.iterdir():
        if source.name.partition(".")[0] != slug or not source.name.endswith(".toml"):
            continue
        if tomllib.loads(source.read_text(encoding="utf-8")).get("valid_until") == valid_until:
            return str(source)
    return str(folder.joinpath(f"{slug}.toml"))


def find_key(file: str, key: str) -> Place | None:
    """Return where a top-level key of a TOML file stands, None where it does not."""
    for number, line in enumerate(Path(file).read_text(encoding="utf-8").splitlines(), 1):
        if re.match(r"\s*\[", line):
            return None
        if re.match(rf"\s*{re.escape(key)}\s*=", line):
            return Place(show(file), number)
    return None


def show(file: str) -> str:
    """Return a path as one would type it here: relative where it lies below the working directory."""
    path = Path(file).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


@functools.cache
def _tree(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"), file)


def _place(file: str, node: ast.AST) -> Place:
    return Place(show(file), node.lineno)


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)


def _targets(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _value(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _verified(file: str, call: ast.Call) -> Place | None:
    return next((_place(file, word.value) for word in call.keywords if word.arg == "verified"), None)


def _parts(node: ast.expr, url: str) -> list[str] | None:
    """Return what an f-string has in its braces where it makes this address; the address where it is but a name."""
    if isinstance(node, ast.Name):
        return [url]
    if not isinstance(node, ast.JoinedStr):
        return None
    pattern = "".join(re.escape(it.value) if isinstance(it, ast.Constant) else "(.+)" for it in node.values)
    found = re.fullmatch(pattern, url)
    return list(found.groups()) if found else None


def _constant(tree: ast.Module, values: list[str]) -> ast.Constant | None:
    """Return the first string of a file that is one of these values."""
    return next((node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in values), None)


def _shorten(call: ast.Call, url: str) -> str:
    rest = ", …" if len(call.args) > 1 or any(word.arg != "verified" for word in call.keywords) else ""
    return f'{_name(call.func)}("{url}"{rest})'
