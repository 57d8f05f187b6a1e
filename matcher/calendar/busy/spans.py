"""Taken times as sorted spans that neither overlap nor touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcher.calendar.busy.report import Span


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap or touch made one; empty ones go."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def without(spans: Sequence[Span], gone: Sequence[Span]) -> list[Span]:
    """What `gone` leaves of `spans`; both as `joined` makes them."""
    found: list[Span] = []
    k = 0
    for start, end in spans:
        while k < len(gone) and gone[k][1] <= start:
            k += 1
        i = k
        while i < len(gone) and gone[i][0] < end:
            if start < gone[i][0]:
                found.append((start, gone[i][0]))
            start = max(start, gone[i][1])
            i += 1
        if start < end:
            found.append((start, end))
    return found


def clipped(spans: Iterable[Span], window: Span) -> list[Span]:
    """The parts that lie in a window."""
    cut = ((max(start, window[0]), min(end, window[1])) for start, end in spans)
    return [span for span in cut if span[0] < span[1]]
