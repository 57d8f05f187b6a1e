"""A rota plan as the store files it: series, turns, people, what is open, and what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic_core import to_json

from matcher.domain.rota_plan import PlanSeries, RotaPlan, row_key
from matcher.domain.session import SessionKey
from matcher.planning.rota.sessions import identity, people_of

if TYPE_CHECKING:
    from matcher.domain.rota_plan import PlanSession, PlanTurn, RotaChange
    from matcher.domain.session import Key

CHANGES = ("moved", "taken_over", "added", "ended")


def series_rows(plan: RotaPlan) -> Iterator[tuple[Key, tuple[str, ...], int, PlanSeries]]:
    """Each series under what names it, with everybody whom it concerns; it has no points."""
    found = [(row_key(one), one) for one in plan.series]
    for key, one in sorted(found, key=lambda row: row[0]):
        yield key, tuple(sorted(people_of(one))), 0, one


def list_rows(plan: RotaPlan) -> Iterator[tuple[str, int, bytes]]:
    """Turns by time, people, organizations, what has no time or nobody, modes, changes."""
    held = ((one, meeting) for one in plan.series for meeting in one.sessions)
    whole = [(meeting.start, one.kind, one.key, one, meeting) for one, meeting in held]
    meetings = sorted(whole, key=lambda row: row[:3])
    number = 0
    for *_, series, meeting in meetings:
        for turn in meeting.turns:
            yield "turns", number, _turn(plan, series, meeting, turn)
            number += 1
    for part, entries in (
        ("ledgers", sorted(plan.people, key=lambda one: one.member)),
        ("shares", plan.organizations),
        ("no_time", plan.no_time),
        ("open_turns", plan.open_turns),
        ("modes", plan.modes),
    ):
        for number, entry in enumerate(entries):
            yield part, number, to_json(entry)
    number = 0
    by_key: dict[tuple[str, Key], list[PlanSeries]] = defaultdict(list)
    for one in plan.series:
        by_key[one.kind, one.key].append(one)
    for what in CHANGES:
        for change in getattr(plan.changes, what):
            people = concerned(by_key[change.kind, change.key], change)
            yield "changes", number, to_json({"change": what, **change.model_dump(), "people": people})
            number += 1


def counts(plan: RotaPlan) -> dict[str, int | None]:
    """Series, sessions, turns, people, and the lengths of the lists."""
    turns = [turn for one in plan.series for meeting in one.sessions for turn in meeting.turns]
    return {
        "series": len(plan.series),
        "sessions": sum(len(one.sessions) for one in plan.series),
        "turns": len(turns),
        "people": len(plan.people),
        "no_time": len(plan.no_time),
        "open_turns": len(plan.open_turns),
        "kept_sessions": plan.changes.kept_sessions,
        "kept_turns": plan.changes.kept_turns,
        **{what: len(getattr(plan.changes, what)) for what in CHANGES},
    }


def concerned(series: Sequence[PlanSeries], change: RotaChange) -> list[str]:
    """Whom a change of a turn concerns: who has it and who had it; else everybody in the session."""
    if change.role is not None:
        return sorted({one for one in (change.before, change.after) if one})
    return sorted({person for one in series for person in people_of(one)})


def _turn(plan: RotaPlan, series: PlanSeries, meeting: PlanSession, turn: PlanTurn) -> bytes:
    named = identity(plan, series)
    session = SessionKey(**dict(named), index=meeting.index)
    own = {
        "id": f"{session.make_uid().partition('@')[0]}-{turn.role}-{turn.number}",
    } | {"kind": series.kind, "key": series.key, "title": series.title, "time_zone": series.time_zone}
    when = {"index": meeting.index, "start": meeting.start, "end": meeting.end}
    return to_json({**own, **when, **turn.model_dump()})
