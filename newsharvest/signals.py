"""Signals of ours, by which the parts of a crawl tell each other what they know."""

from __future__ import annotations

# A source has been read; what it listed must be on disk before its row ends. Receivers return the StoreError that
# kept them from it, or None.
source_read = object()
# Nothing more can be kept (reason: the outcome of the run, error: an exception that says why): the crawl is to end.
cannot_go_on = object()
