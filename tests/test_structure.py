"""Structure functions: each example in the data file, run through the whole of stage 2."""

import pytest

from cleaners import structure
from cleaners.lines import clean
from cleaners.model import Line, Link, Metadata

EXAMPLES = [(name, example) for name, entry in structure.catalogue().items() for example in entry["examples"]]


def linked(text):
    """Return the line of a text whose part in square brackets is a link."""
    before, bracket, rest = text.partition("[")
    inner, _, after = rest.partition("]")
    links = (Link(len(before), len(before) + len(inner), "/other-story"),) if bracket else ()
    return Line("paragraph", before + inner + after, links)


def run(example):
    titles = [line[2:] for line in example if line[0] == "T"]
    summaries = [line[2:] for line in example if line[0] == "S"]
    lines = []
    for line in example:
        if line[0] in "KDG":
            lines.append(linked(line[2:]))
        elif line[0] == "L":
            lines.append(Line("paragraph", line[2:], (Link(0, len(line) - 2, "/other-story"),)))
    known = Metadata(
        title=titles[0] if titles else None,
        summary=summaries[0] if summaries else None,
        authors=tuple(line[2:] for line in example if line[0] == "A"),
    )
    guess = any(line[0] == "G" for line in example)
    return clean(lines, known, guess_title=guess), [line[0] for line in example if line[0] in "KDLG"]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_example(name, example):
    cleaned, labels = run(example)
    kept = {block.position for block in cleaned.blocks}
    for bracketed in (line[line.index("[") + 1 : line.index("]")] for line in example if "[" in line):
        assert not any(bracketed in block.text for block in cleaned.blocks)
        assert any(bracketed in removal.text for removal in cleaned.removals)
    assert ["K" if position in kept else "D" for position in range(len(labels))] == [
        "K" if label == "K" else "D" for label in labels
    ]


@pytest.mark.parametrize("name", structure.REGISTRY)
def test_every_function_says_why_and_is_needed_by_its_example(name, monkeypatch):
    entry = structure.catalogue()[name]
    assert entry["why"].endswith(".")
    before = [run(example)[0].removals for example in entry["examples"]]
    monkeypatch.delitem(structure.REGISTRY, name)
    after = [run(example)[0].removals for example in entry["examples"]]
    assert before != after


def test_the_catalogue_and_the_functions_are_the_same():
    assert set(structure.catalogue()) == set(structure.REGISTRY)
