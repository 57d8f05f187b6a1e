"""From a network document to the numbers a solver of meeting times takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.rota.context import ROLES, STEP, RotaContext
from matcher.candidates.rota.groups import NOBODY, Formed, RotaGroup
from matcher.candidates.rota.rules import RULES, level_of, may_take, standing_reasons
from matcher.candidates.rota.times import Start, burden_table, free_steps, slot_starts, whole_sessions
from matcher.domain.member import Member
from matcher.planning.rota.history import History, closed_sessions, history_of
from matcher.planning.rota.pins import Pins, pinned_steps, read_pins
from solvers.rota.times.instance import Flags, Group, TimesInstance

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.network import NetworkHeader
    from matcher.domain.policy import Policy
    from matcher.domain.program import Program
    from matcher.domain.rota_plan import RotaPlan
    from matcher.domain.session import Session

Mode = Literal["stable", "rotating"]
Fairness = Literal["quick", "full"]


@dataclass(frozen=True)
class Prepared:
    """One run, ready to be solved. people: rows of the instances, by id. times: see `TimesInstance`.

    able: per group and role, the people who may take it whenever the group meets, by the rules alone.
    """

    source: NetworkSource
    program: Program
    policy: Policy
    context: RotaContext
    history: History
    pins: Pins
    people: tuple[Member, ...]
    row: dict[str, int]
    able: tuple[tuple[NDArray[np.int32], ...], ...]
    times: TimesInstance

    @property
    def header(self) -> NetworkHeader:
        """The network without its people."""
        return self.source.header


def prepare(
    source: NetworkSource,
    program_id: str | None,
    *,
    formed: Formed | None = None,
    before: RotaPlan | None = None,
    as_of: datetime | None = None,
    commitments: Sequence[Session] = (),
    mode: Mode | None = None,
    fairness: Fairness | None = None,
) -> Prepared:
    """Read the people once, find the groups, and state when they can meet. Errors as in `plan_rota`.

    `mode`, `fairness`: in place of the policy's.
    """
    from matcher.documents.read import choose_program

    program, policy = choose_program(source.header, program_id)
    chosen = {"mode": mode or policy.rota.mode, "fairness": fairness or policy.rota.fairness}
    policy = policy.model_copy(update={"rota": policy.rota.model_copy(update=chosen)})
    held = before.holds if before is not None else frozenset()
    context = RotaContext.of(source.header, source.people(), program, policy, formed, commitments, held)
    history = history_of(context, before, as_of)
    pins = read_pins(context)
    people = tuple(sorted(_concerned(context, history, pins), key=lambda one: one.id))
    row = {one.id: k for k, one in enumerate(people)}
    able = _able(context, people)
    times = _times(context, history, people, row, able)
    return Prepared(source, program, policy, context, history, pins, people, row, able, times)


def _concerned(context: RotaContext, history: History, pins: Pins) -> list[Member]:
    """Members of the groups, those who may facilitate, and those who did."""
    wanted = {one for group in context.groups for one in group.members}
    wanted |= {member for member in history.turns.values() if member is not None}
    wanted |= {pin.member for pin in pins.take}
    if any(group.facilitators != NOBODY for group in context.groups):
        checks = [rule.of_member for rule in RULES if rule.of_member is not None]
        for one in context.members.values():
            able = any(may_take(level_of(context, one), role) for role in ROLES)
            if able and all(check(context, one) is None for check in checks):
                wanted.add(one.id)
    return [context.members[one] for one in wanted if one in context.members]


def _able(context: RotaContext, people: Sequence[Member]) -> tuple[tuple[NDArray[np.int32], ...], ...]:
    out = []
    for group in context.groups:
        rows: list[NDArray[np.int32]] = []
        for role in ROLES:
            wanted = getattr(group.facilitators, role)
            may = [
                k
                for k, one in enumerate(people)
                if wanted and not standing_reasons(context, one, group, role)
            ]
            rows.append(np.array(may, np.int32))
        out.append(tuple(rows))
    return tuple(out)


def _times(
    context: RotaContext,
    history: History,
    people: Sequence[Member],
    row: dict[str, int],
    able: Sequence[Sequence[NDArray[np.int32]]],
) -> TimesInstance:
    free = free_steps(context, people)
    profile, burden = burden_table(context, people)
    known: Start = {}
    whole: dict[int, Flags] = {}
    groups = []
    for group, roles in zip(context.groups, able, strict=True):
        length = context.length(group)
        if length not in whole:
            whole[length] = whole_sessions(free, length)
        groups.append(_group(context, history, group, row, roles, whole[length], known))
    return TimesInstance(
        person_ids=[one.id for one in people],
        group_ids=[one.id for one in context.groups],
        groups=tuple(groups),
        minutes=STEP,
        free=free,
        profile=profile,
        burden=burden,
        carried=np.array([one.ledger.burden for one in people], np.int32).reshape(len(people)),
        changes=context.policy.changes,
    )


def _group(
    context: RotaContext,
    history: History,
    group: RotaGroup,
    row: dict[str, int],
    able: Sequence[NDArray[np.int32]],
    whole: Flags,
    known: Start,
) -> Group:
    """One series as numbers. Slots in which no session can be held are left out."""
    starts = slot_starts(context, group, known)
    if history.frozen_until is not None:
        first = -(-(history.frozen_until - context.origin).total_seconds() // (60 * STEP))
        starts = np.where(starts < first, np.int32(-1), starts)
    members = sorted(row[one] for one in group.members)
    required = sorted(row[one] for one in group.required)
    at = np.maximum(starts, 0)
    come = whole[members].sum(axis=0)
    good = (starts >= 0) & (come[at] >= group.quorum)
    if required:
        good &= np.logical_and.reduce(whole[required], axis=0)[at]
    starts = starts[good.any(axis=1)]
    sessions = range(len(group.weeks))
    steps = history.fixed
    set_by_hand = pinned_steps(context, group, history, come, [whole[one] for one in required])
    held = set_by_hand | {t: steps[group.id, t] for t in sessions if (group.id, t) in steps}
    fixed = tuple(sorted(held.items()))
    told = {t for t, _ in fixed}
    closed = closed_sessions(context, group, history)
    roles = group.facilitators
    leading = sorted({int(one) for kind in able[:2] for one in kind})
    return Group(
        members=tuple(members),
        starts=np.ascontiguousarray(starts, np.int32),
        length=context.length(group),
        rotating=context.policy.mode == "rotating",
        quorum=group.quorum,
        required=tuple(required),
        least_percent=group.least_percent,
        spared=tuple(sorted(row[one] for one in group.spared)),
        facilitators=tuple(leading),
        facing=min(10, roles.lead + roles.co),
        fixed=fixed,
        closed=closed,
        previous=tuple(
            (t, history.coming[group.id, t])
            for t in sessions
            if (group.id, t) in history.coming and t not in told and t not in closed
        ),
    )
