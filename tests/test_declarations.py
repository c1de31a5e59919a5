"""Where a declaration stands."""

from __future__ import annotations

from newssite import ROOT

from newsharvest import declarations
from spiders.jagran import Jagran


def test_a_path_is_shown_as_one_types_it(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    (declaration,) = [declarations.find_source(Jagran, "Feed", source.url) for source in Jagran.sources[:1]]
    line = declaration.place.line
    assert str(declaration.place) == f"spiders/jagran.py:{line}"
    assert Jagran.sources[0].url in (ROOT / "spiders/jagran.py").read_text().splitlines()[line - 1]
    monkeypatch.chdir(tmp_path)
    assert str(declarations.find_attribute(Jagran, "exclude")).startswith(f"{ROOT}/spiders/base.py:")
