"""From a network document to the numbers a pods solver takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.free_time import DAY_MINUTES
from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.table import SeatTable, build_table
from matcher.candidates.pods.terms import pair_terms
from matcher.domain.history import PodTime
from matcher.domain.policy import Policy
from matcher.planning.pods.pins import Pins, read_pins
from matcher.planning.pods.running import Running, pods_before, sort_out
from solvers.pods.instance import Index, Need, Order, Pairs, Pod, PodsInstance, Rhythm, Seats

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.network import NetworkHeader
    from matcher.domain.pods_plan import PodsPlan
    from matcher.domain.program import Program


@dataclass(frozen=True)
class Prepared:
    """One run, ready to be solved. `frozen`: running seats that must stay; `notes`: what was set aside."""

    source: NetworkSource
    program: Program
    policy: Policy
    table: SeatTable
    running: Running
    pins: Pins
    frozen: tuple[tuple[int, int], ...]
    instance: PodsInstance
    notes: tuple[str, ...]

    @property
    def header(self) -> NetworkHeader:
        """The network without its people."""
        return self.source.header

    @property
    def context(self) -> PodContext:
        """What rules and points look up."""
        return self.table.context

    def seat_ids(self, seats: Sequence[tuple[int, int]]) -> list[tuple[str, str]]:
        """Seats of numbers as ids."""
        return [(self.instance.member_ids[i], self.instance.pod_ids[p]) for i, p in seats]


def prepare(source: NetworkSource, program_id: str | None, before: PodsPlan | None) -> Prepared:
    """Read the people once, find the seats, and state the instance. Errors as in `plan_pods`."""
    from matcher.documents.read import choose_program

    program, policy = choose_program(source.header, program_id)
    running_pods = pods_before(source.header.running_pods, before)
    context = PodContext.of(source.header, source.people(), program, policy, running_pods)
    table = build_table(context)
    running = sort_out(table, running_pods)
    pins = read_pins(table)
    forced = set(pins.seats)
    frozen: tuple[tuple[int, int], ...] = ()
    if policy.pods.changes == "frozen":
        frozen = tuple(seat for seat in running.protected if seat not in forced)
    instance, notes = _state(table, running, pins, frozen)
    return Prepared(source, program, policy, table, running, pins, frozen, instance, notes)


def _state(
    table: SeatTable, running: Running, pins: Pins, frozen: tuple[tuple[int, int], ...]
) -> tuple[PodsInstance, tuple[str, ...]]:
    context, members = table.context, table.members
    policy = context.policy
    organizations = [one.id for one in context.header.organizations]
    org_number = {name: k for k, name in enumerate(organizations)}
    tongues = sorted({tongue for target in table.targets for tongue in target.languages})
    forced = set(pins.seats)
    protected = [seat for seat in running.protected if seat not in forced]
    held = np.bincount([i for i, _ in running.protected], minlength=len(members)) if members else 0
    capacity = np.maximum([one.capacities.pods for one in members], held)
    budget = np.maximum([context.hours_left(one) for one in members], held * policy.pod_hours)
    pods, notes = _pods(table, running, org_number, tongues)
    together, more = _together(table)
    instance = PodsInstance(
        member_ids=[one.id for one in members],
        pod_ids=[target.id for target in table.targets],
        organization_ids=organizations,
        pods=pods,
        points=table.points,
        eligible=table.eligible,
        organization=_index([org_number[one.organization] for one in members]),
        capacity=_index(capacity.tolist()),
        budget=_index(budget.tolist()),
        newcomer=np.array([context.newcomer(one) for one in members], np.bool_),
        veteran=np.array([context.veteran(one) for one in members], np.bool_),
        priority=_index([min(1000, 100 * one.waited_pods) for one in members]),
        able=table.able,
        speaks=np.array([[t in one.languages for t in tongues] for one in members], np.bool_).reshape(
            len(members), len(tongues)
        ),
        pair_terms=pair_terms(table),
        rivals=_pairs({(org_number[a], org_number[b]) for a, b in context.rivals if a < b}),
        apart=_pairs(_apart(table)),
        together=_pairs(together),
        pinned=Seats.of(sorted({*pins.seats, *frozen})),
        previous=Seats.of([] if frozen else sorted(protected)),
        rhythms=table.rhythms if policy.meetings else (),
        satisfaction=table.satisfaction,
        organization_worth=policy.worth.organizations,
        most_newcomers=policy.most_newcomers,
        veteran_each=policy.veteran_each,
        order=Order(policy.order),
        changes={"frozen": "off", "tier": "tier", "bonus": "bonus"}[policy.changes],  # type: ignore[arg-type]
        bonus=policy.changes_bonus if policy.changes == "bonus" else 0,
        most_broken=policy.most_broken if policy.changes != "frozen" else None,
    )
    return instance, (*notes, *more)


def _pods(
    table: SeatTable, running: Running, org_number: dict[str, int], tongues: list[str]
) -> tuple[tuple[Pod, ...], list[str]]:
    """The pods that may run, as numbers; running ones keep their time while their people can."""
    policy, out, notes = table.context.policy, [], []
    worth = policy.worth
    for p, (target, abilities) in enumerate(zip(table.targets, table.abilities_of, strict=True)):
        rhythm = table.rhythm_number[target.rhythm] if policy.meetings else -1
        slot = -1
        if rhythm >= 0 and p in running.meeting:
            members = [i for i, q in running.protected if q == p]
            slot, why = _kept_slot(table.rhythms[rhythm], running.meeting[p], members, policy.quorum)
            if why:
                notes.append(f"{target.id} gets another meeting time: {why}.")
        out.append(
            Pod(
                least=target.least,
                most=target.most,
                must_run=target.must_run,
                priority=target.priority,
                least_organizations=target.least_organizations,
                most_share=target.most_share,
                sponsor=org_number.get(target.sponsor or "", -1),
                presence=target.presence,
                needs=tuple(
                    Need(k, (worth.need,) * need.people + (worth.spare,), need.least)
                    for k, need in zip(abilities, target.needs, strict=True)
                ),
                languages=tuple(tongues.index(tongue) for tongue in target.languages),
                rhythm=rhythm,
                slot=slot,
                quorum=policy.quorum,
                hours=policy.pod_hours,
            )
        )
    return tuple(out), notes


def week_minute(time: PodTime) -> int:
    """Minutes after Monday 00:00."""
    return (time.weekday - 1) * DAY_MINUTES + time.start.hour * 60 + time.start.minute


def _kept_slot(rhythm: Rhythm, time: PodTime, members: list[int], quorum: int) -> tuple[int, str]:
    """The slot of a running pod's time, -1 with the reason where its people can no longer use it."""
    found = np.flatnonzero(rhythm.start == week_minute(time))
    if not len(found):
        return -1, "nobody can come at the old time"
    slot = int(found[0])
    if not rhythm.half[members, slot].all():
        return -1, "one of its members can no longer come to half of the sessions"
    if int(rhythm.always[members, slot].sum()) * 100 < quorum * len(members):
        return -1, "too few of its members can still come to every session"
    return slot, ""


def _apart(table: SeatTable) -> set[tuple[int, int]]:
    """Members who never share a pod: by their own wish, or by the program's."""
    number = table.member_number
    found: set[tuple[int, int]] = set()
    named = [(one.id, other) for one in table.members for other in one.avoids]
    for group in table.context.program.pods.apart:
        named += combinations(group, 2)
    for a, b in named:
        i, j = number.get(a), number.get(b)
        if i is not None and j is not None and i != j:
            found.add((min(i, j), max(i, j)))
    return found


def _together(table: SeatTable) -> tuple[list[tuple[int, int]], list[str]]:
    """Members who stay together, those who take part; and who does not."""
    number = table.member_number
    found: list[tuple[int, int]] = []
    notes: list[str] = []
    for group in table.context.program.pods.together:
        here = [number[one] for one in group if one in number]
        found += pairwise(here)
        if gone := [one for one in group if one not in number]:
            notes.append(f"{', '.join(gone)} takes no part, so nobody is kept together with them.")
    return found, notes


def _index(values: Sequence[int]) -> Index:
    return np.array(values, np.int32).reshape(len(values))


def _pairs(rows: set[tuple[int, int]] | list[tuple[int, int]]) -> Pairs:
    return np.array(sorted(rows), np.int32).reshape(-1, 2)
