"""What an earlier rota leaves to a later one: sessions and turns that are over, near, or announced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from matcher.candidates.rota.context import RotaContext
from matcher.candidates.rota.groups import RotaGroup
from matcher.domain.rota_plan import PlanSeries, PlanSession, RotaPlan
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
