"""A rota against the one before: what was kept, moved, taken over, added or ended, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matcher.domain.rota_plan import PlanSeries, PlanSession, PlanTurn, RotaChange, RotaChanges
from matcher.domain.rota_policy import RoleName
from matcher.planning.rota.history import name_of
from matcher.planning.rota.sentences import ROLE_WORDS
from matcher.planning.words import rule_sentence
from solvers.rota.times.check.score import attending

if TYPE_CHECKING:
    from matcher.planning.rota.instance import Prepared
    from matcher.planning.rota.turns import Turns


def changes_of(prepared: Prepared, series: Sequence[PlanSeries], turns: Turns) -> RotaChanges:
    """Compare a plan with the one before; empty where there is none."""
    history = prepared.history
    if not history.series:
        return RotaChanges()
    diff = _Diff(prepared, turns)
    for one in series:
        diff.compare(one)
    now = {name_of(one) for one in series}
    for name, old in history.series.items():
        if name not in now:
            for session in old.sessions:
                over = history.as_of is not None and session.start < history.as_of
                if not over:
                    diff.end(old, session, "group_gone", f"{old.title} takes no part any more.")
    return RotaChanges(
        kept_sessions=diff.kept_sessions,
        kept_turns=diff.kept_turns,
        moved=tuple(diff.moved),
        taken_over=tuple(diff.taken_over),
        added=tuple(diff.added),
        ended=tuple(diff.ended),
    )


class _Diff:
    def __init__(self, prepared: Prepared, turns: Turns) -> None:
        self.prepared, self.turns = prepared, turns
        self.kept_sessions = self.kept_turns = 0
        self.moved: list[RotaChange] = []
        self.taken_over: list[RotaChange] = []
        self.added: list[RotaChange] = []
        self.ended: list[RotaChange] = []
        self._number = {place: turn for turn, place in enumerate(turns.places)}

    def compare(self, series: PlanSeries) -> None:
        """One series against itself before."""
        name = name_of(series)
        group = self.prepared.context.group[name]
        number = {group.index(t): t for t in range(len(group.weeks))}
        old = {
            index: session
            for index, t in number.items()
            if (session := self.prepared.history.sessions.get((name, t))) is not None
        }
        for session in series.sessions:
            before = old.pop(session.index, None)
            if before is None:
                at = wall(series, session.start)
                told = meets(series, at)
                self.added.append(change_of(series, session.index, "new_session", told, after=at))
                continue
            if before.start == session.start:
                self.kept_sessions += 1
            else:
                self._move(series, before, session)
            self._turns(series, number[session.index], before, session)
        for before in old.values():
            self.end(series, before, "no_time", f"{series.title} finds no time for it any more.")

    def end(self, series: PlanSeries, session: PlanSession, reason: str, sentence: str) -> None:
        """Note a session that does not take place any more."""
        at = wall(series, session.start)
        self.ended.append(change_of(series, session.index, reason, sentence, before=at))

    def _move(self, series: PlanSeries, before: PlanSession, after: PlanSession) -> None:
        name, prepared = name_of(series), self.prepared
        group = prepared.context.group[name]
        g = prepared.context.groups.index(group)
        numbers, step = prepared.times.groups[g], prepared.context.step(before.start)
        starts = numbers.starts[:, {group.index(t): t for t in range(len(group.weeks))}[before.index]]
        possible = step is not None and bool((starts == step).any())
        if possible and step is not None:
            here = set(attending(prepared.times, numbers, step))
            possible = len(here) >= numbers.quorum and here.issuperset(numbers.required)
        reason = "better_whole" if possible else "no_longer_possible"
        times = wall(series, before.start), wall(series, after.start)
        sentence = moves(series, *times, reason)
        self.moved.append(change_of(series, before.index, reason, sentence, *times, avoidable=possible))

    def _turns(self, series: PlanSeries, t: int, before: PlanSession, after: PlanSession) -> None:
        was = held(before)
        for turn in after.turns:
            old = was.get((turn.role, turn.number))
            if old == turn.member:
                self.kept_turns += old is not None
                continue
            place = (name_of(series), t, turn.role, turn.number)
            reason = "better_whole"
            number = self._number[place]
            why = ""
            if old is None:
                reason = "filled"
            elif number in self.turns.handed:
                reason = "handed"
            elif number in self.turns.dropped:
                reason, why = self.turns.dropped[number]
            elif number in self.turns.pinned:
                reason = "pinned"
            change = handed_over(series, after, turn, old, reason, why or f"{rule_sentence(reason)}.")
            (self.added if old is None else self.taken_over).append(change)


def held(session: PlanSession) -> dict[tuple[RoleName, int], str | None]:
    """Who takes each turn of a session."""
    return {(turn.role, turn.number): turn.member for turn in session.turns}


def wall(series: PlanSeries, moment: datetime) -> str:
    """A moment in the zone of a series."""
    return f"{moment.astimezone(ZoneInfo(series.time_zone)):%a %Y-%m-%d %H:%M}"


def meets(series: PlanSeries, at: str) -> str:
    """That a session is new."""
    return f"{series.title} meets at {at}."


def moves(series: PlanSeries, before: str, after: str, reason: str) -> str:
    """That a session moves, and why."""
    return f"{series.title} moves from {before} to {after}: {rule_sentence(reason)}."


def handed_over(
    series: PlanSeries, session: PlanSession, turn: PlanTurn, before: str | None, reason: str, why: str
) -> RotaChange:
    """A turn that somebody else has now. `why`: the reason in a sentence."""
    who = f"{turn.member} takes over" if turn.member else "nobody takes over"
    who = f"{who} from {before}" if before is not None else f"{turn.member} takes it"
    sentence = f"{series.title}, {wall(series, session.start)}, {ROLE_WORDS[turn.role]}: {who}, since {why}"
    return RotaChange(
        kind=series.kind,
        key=series.key,
        index=session.index,
        role=turn.role,
        number=turn.number,
        before=before,
        after=turn.member,
        reason=reason,
        sentence=sentence,
        avoidable=reason == "better_whole",
    )


def change_of(
    series: PlanSeries,
    index: int,
    reason: str,
    sentence: str,
    before: str | None = None,
    after: str | None = None,
    *,
    avoidable: bool = False,
) -> RotaChange:
    """A change of one session; `before` and `after`: its times as `wall` writes them."""
    return RotaChange(
        kind=series.kind,
        key=series.key,
        index=index,
        before=before,
        after=after,
        reason=reason,
        sentence=sentence,
        avoidable=avoidable,
    )
