"""JSON-LD's articleBody as a witness: asked which lines it holds, never a source of text."""

from __future__ import annotations

from collections.abc import Sequence

from cleaners.devanagari import match_key
from cleaners.model import Line
from cleaners.prose import ends_sentence

_TRUSTED = 0.85
_MOST = 0.6
_GRAM = 12  # characters without spaces


class Witness:
    """JSON-LD's articleBody as the characters it holds, asked by runs of twelve."""

    def __init__(self, text: str | None) -> None:
        self._text = squeeze(text) if text else ""

    def share(self, line: Line) -> float:
        """Return the share of a line that the witness holds."""
        text = squeeze(line.text)
        if text in self._text:
            return 1.0
        pieces = [text[start : start + _GRAM] for start in range(0, max(1, len(text) - _GRAM + 1), _GRAM)]
        return sum(piece in self._text for piece in pieces) / len(pieces)

    def is_trusted(self, prose: Sequence[Line]) -> bool:
        """Say whether the witness speaks of this text, and is more than the beginning of it."""
        if not self._text or not prose:
            return False
        held = sum(len(line.text) * self.share(line) for line in prose)
        whole = sum(len(line.text) for line in prose)
        if held >= _TRUSTED * whole:
            return True
        known = sum(len(squeeze(line.text)) * self.share(line) for line in prose)
        return held >= _MOST * whole and known >= _TRUSTED * len(self._text) and ends_sentence(self._text)


def squeeze(text: str) -> str:
    """Return the match key of a text without spaces: articleBody loses and gains them at the ends of paragraphs."""
    return "".join(match_key(text).split())
