"""Two rotas side by side: which session moved, who has which turn now and who had it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from matcher.domain.rota_plan import PlanSeries, PlanSession, PlanTurn, RotaChange, RotaChanges, RotaPlan
from matcher.planning.rota.changes import change_of, handed_over, held, meets, moves, wall
from matcher.planning.rota.history import name_of
from matcher.planning.rota.rows import concerned
from matcher.planning.words import rule_sentence

Told = dict[tuple[object, ...], RotaChange]


@dataclass(frozen=True)
class Difference:
    """One change, when the session begins (of one that is gone: began), and whom it concerns."""

    what: str
    title: str
    start: datetime
    people: tuple[str, ...]
    change: RotaChange


def differences(
    before: RotaPlan, after: RotaPlan, steps: Sequence[RotaChanges] = ()
) -> tuple[Difference, ...]:
    """What differs between two rotas of one cycle, by time.

    steps: what the plans between them say of their own changes, the last one first; reasons are theirs. A
    change that none of them tells is said to come from the rota being made anew, or from an agreement.
    """
    told: Told = {}
    for step in steps:
        for change in (*step.moved, *step.taken_over, *step.added, *step.ended):
            told.setdefault(_place(change), change)
    series = {name_of(one): one for one in before.series}
    found: list[Difference] = []
    for one in after.series:
        found += _of_series(series.pop(name_of(one), None), one, told)
    for gone in series.values():
        for session in gone.sessions:
            found.append(_ended(gone, session, "group_gone", f"{gone.title} takes no part any more."))
    return tuple(sorted(found, key=lambda one: (one.start, one.title, one.change.role or "")))


def _place(change: RotaChange) -> tuple[object, ...]:
    """What a change is about, and what became of it."""
    return change.kind, change.key, change.index, change.role, change.number, change.after


def _of_series(before: PlanSeries | None, after: PlanSeries, told: Told) -> Iterator[Difference]:
    old = {one.index: one for one in before.sessions} if before is not None else {}
    for session in after.sessions:
        was = old.pop(session.index, None)
        at = wall(after, session.start)
        if was is None:
            change = change_of(after, session.index, "new_session", meets(after, at), after=at)
            yield _row("added", after, session.start, change)
        elif was.start != session.start:
            yield _row("moved", after, session.start, _moved(after, was, session, told))
        yield from _of_turns(after, was, session, told)
    for was in old.values():
        assert before is not None
        yield _ended(before, was, "no_time", f"{after.title} finds no time for it any more.")


def _of_turns(
    series: PlanSeries, before: PlanSession | None, after: PlanSession, told: Told
) -> Iterator[Difference]:
    old = held(before) if before is not None else {}
    for turn in after.turns:
        was = old.get((turn.role, turn.number))
        if was != turn.member and before is not None:
            change = _taken(series, after, turn, was, told)
            yield _row("added" if was is None else "taken_over", series, after.start, change)


def _moved(series: PlanSeries, before: PlanSession, after: PlanSession, told: Told) -> RotaChange:
    times = wall(series, before.start), wall(series, after.start)
    blank = change_of(series, after.index, "replanned", "", *times)
    known = told.get(_place(blank), blank)
    sentence = moves(series, *times, known.reason)
    return blank.model_copy(
        update={"reason": known.reason, "avoidable": known.avoidable, "sentence": sentence}
    )


def _taken(
    series: PlanSeries, session: PlanSession, turn: PlanTurn, was: str | None, told: Told
) -> RotaChange:
    reason = "handed" if turn.handed else "filled" if was is None else "replanned"
    blank = handed_over(series, session, turn, was, reason, f"{rule_sentence(reason)}.")
    known = told.get(_place(blank))
    if known is None or turn.handed:
        return blank
    if known.before == was:
        return known
    return handed_over(series, session, turn, was, known.reason, f"{rule_sentence(known.reason)}.")


def _ended(series: PlanSeries, session: PlanSession, reason: str, sentence: str) -> Difference:
    change = change_of(series, session.index, reason, sentence, before=wall(series, session.start))
    return _row("ended", series, session.start, change)


def _row(what: str, series: PlanSeries, start: datetime, change: RotaChange) -> Difference:
    return Difference(what, series.title, start, tuple(concerned([series], change)), change)
