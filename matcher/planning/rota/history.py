"""What an earlier rota leaves to a later one: sessions and turns that are over, near, or announced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from matcher.candidates.rota.context import RotaContext
from matcher.candidates.rota.groups import RotaGroup
from matcher.domain.rota_plan import PlanSeries, PlanSession, RotaChange, RotaPlan
from matcher.domain.rota_policy import RoleName

Place = tuple[str, int]
"""A session: its group, and its number in the series."""
TurnPlace = tuple[str, int, RoleName, int]
"""A turn: its session, its role, and its number among those of the role."""


@dataclass(frozen=True)
class History:
    """Sessions of the plan before, by group and number. as_of: now; before it nothing changes.

    over: sessions that began; near: those of the frozen days to come; both keep their step. coming: steps of
    the others. closed: sessions that are over and did not take place. turns: who took or takes which turn,
    None for nobody. frozen_until: nothing new is put before it.
    """

    as_of: datetime | None = None
    frozen_until: datetime | None = None
    over: Mapping[Place, int] = field(default_factory=dict)
    near: Mapping[Place, int] = field(default_factory=dict)
    coming: Mapping[Place, int] = field(default_factory=dict)
    turns: Mapping[TurnPlace, str | None] = field(default_factory=dict)
    series: Mapping[str, PlanSeries] = field(default_factory=dict)
    sessions: Mapping[Place, PlanSession] = field(default_factory=dict)

    @property
    def fixed(self) -> dict[Place, int]:
        """Sessions whose time may not change."""
        return {**self.over, **self.near}


def name_of(series: PlanSeries) -> str:
    """What tells a series from others, as `RotaGroup.id` does."""
    return f"{series.pairing or series.kind} {' + '.join(series.key)}"


def history_of(context: RotaContext, before: RotaPlan | None, as_of: datetime | None) -> History:
    """Sort the sessions of a plan before. Sessions of other cycles, or off the grid, are left out."""
    if before is None:
        return History(as_of=as_of, frozen_until=as_of)
    until = as_of + timedelta(days=context.policy.frozen_days) if as_of is not None else None
    over: dict[Place, int] = {}
    near: dict[Place, int] = {}
    coming: dict[Place, int] = {}
    turns: dict[TurnPlace, str | None] = {}
    series: dict[str, PlanSeries] = {}
    sessions: dict[Place, PlanSession] = {}
    for one in before.series:
        name = name_of(one)
        series[name] = one
        group = context.group.get(name)
        if group is None or before.cycle != context.program.cycle.id:
            continue
        number = {group.index(t): t for t in range(len(group.weeks))}
        for session in one.sessions:
            t, step = number.get(session.index), context.step(session.start)
            if t is None or step is None or step + context.length(group) > context.n_steps:
                continue
            sessions[name, t] = session
            if as_of is not None and session.start < as_of:
                over[name, t] = step
            elif until is not None and session.start < until:
                near[name, t] = step
            else:
                coming[name, t] = step
            for turn in session.turns:
                turns[name, t, turn.role, turn.number] = turn.member
    return History(as_of, until, over, near, coming, turns, series, sessions)


def closed_sessions(context: RotaContext, group: RotaGroup, history: History) -> tuple[int, ...]:
    """Sessions of a group that are over and did not take place."""
    if history.as_of is None:
        return ()
    begin = context.program.cycle.start
    return tuple(
        t
        for t, week in enumerate(group.weeks)
        if (group.id, t) not in history.fixed and begin + timedelta(days=7 * week + 8) <= history.as_of.date()
    )


def implied_before(plan: RotaPlan) -> RotaPlan | None:
    """The rota before as far as a rota itself tells of it. None where it was made without one.

    Sessions of groups that take no part any more cannot be told.
    """
    if plan.previous_plan is None:
        return None
    changes = plan.changes
    new = {(one.kind, one.key, one.index) for one in changes.added if one.role is None}
    turns = {
        (one.kind, one.key, one.index, one.role, one.number): one.before
        for one in (*changes.taken_over, *changes.added)
        if one.role is not None
    }
    series = []
    for one in plan.series:
        sessions = [
            session.model_copy(
                update={
                    "start": session.moved_from or session.start,
                    "turns": tuple(
                        turn.model_copy(
                            update={
                                "member": turns.get(
                                    (one.kind, one.key, session.index, turn.role, turn.number), turn.member
                                )
                            }
                        )
                        for turn in session.turns
                    ),
                }
            )
            for session in one.sessions
            if (one.kind, one.key, session.index) not in new
        ]
        sessions += [_ended(one, row) for row in changes.ended if (row.kind, row.key) == (one.kind, one.key)]
        series.append(one.model_copy(update={"sessions": tuple(sessions)}))
    return plan.model_copy(update={"series": tuple(series)})


def _ended(series: PlanSeries, change: RotaChange) -> PlanSession:
    """A session that takes place no more, from what the change says of its time."""
    assert change.before is not None
    local = datetime.strptime(change.before.partition(" ")[2], "%Y-%m-%d %H:%M")
    start = local.replace(tzinfo=ZoneInfo(series.time_zone))
    return PlanSession(index=change.index, start=start, end=start + timedelta(minutes=series.minutes))
