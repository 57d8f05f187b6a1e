"""Times of turns: which overlap, and who is away during which."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

Span = tuple[int, int]
"""Start and end in minutes; the end is not part of it."""

OVERLAP = "overlap"


def overlapping(spans: Sequence[Span | None]) -> list[tuple[str, Sequence[int], int, int]]:
    """Windows (code, turns, most, cost) of the largest sets of turns that run at one moment: one a person.

    A sweep over the starts: a set is complete when the next of its turns ends before another begins.
    """
    timed = sorted((span, t) for t, span in enumerate(spans) if span is not None)
    out: list[tuple[str, Sequence[int], int, int]] = []
    running: list[int] = []
    end_of = {t: span[1] for span, t in timed}
    fresh = False
    for (start, _), t in timed:
        still = [one for one in running if end_of[one] > start]
        if len(still) < len(running) and fresh and len(running) > 1:
            out.append((OVERLAP, sorted(running), 1, 0))
        running = [*still, t]
        fresh = True
    if fresh and len(running) > 1:
        out.append((OVERLAP, sorted(running), 1, 0))
    return out


def away(spans: Sequence[Span | None], absences: Sequence[Sequence[Span]]) -> set[tuple[int, int]]:
    """(turn, person) of every turn during which somebody is away. absences: per person."""
    timed = sorted((span, t) for t, span in enumerate(spans) if span is not None)
    starts = [span[0] for span, _ in timed]
    longest = max((span[1] - span[0] for span, _ in timed), default=0)
    out: set[tuple[int, int]] = set()
    for i, own in enumerate(absences):
        for begin, end in own:
            for (_, over), t in timed[bisect_left(starts, begin - longest) : bisect_left(starts, end)]:
                if over > begin:
                    out.add((t, i))
    return out
