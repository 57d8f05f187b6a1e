"""Who may meet whom in one run: the two sides, their limits, and the oracle over all eligible pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matcher.candidates.assembly import Side, assemble, sides_of
from matcher.candidates.context import Context, Person
from matcher.candidates.funnel import Funnel, funnel_of, network_funnel
from matcher.candidates.oracle import PackedOracle
from matcher.candidates.pack import Array
from matcher.candidates.packing import Columns
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, PairPolicy
from matcher.domain.program import Program
from solvers.pairs.edges import EdgeOracle, Index
from solvers.pairs.explicit.edges import ExplicitEdges
from solvers.pairs.instance import MAX_NEED

MOST_LISTED = 6_000_000
"""Up to so many eligible pairs are listed, at 24 bytes each."""

MOST_CROSSED = 100_000_000
"""Above so many learners times guides, nobody counts first whether that can be."""


@dataclass(frozen=True)
class Candidates:
    """Learners and guides in document order, what limits them, and the oracle of their pairs.

    Listed are members whom no member rule stands against, and those who are named by a forcing pin or run a
    pair that only the rule of capacity stands against; the latter two have `learner_rules`/`guide_rules` != 0
    (masks of `rules.BIT`) and are eligible for nothing else. Arrays as `PairsInstance` wants them: need,
    capacity, min_load, learner_org, guide_org, priority, guide_of_learner. need and capacity hold the places
    that wishes and hours allow, at least the eligible running pairs, and for those listed in spite of a
    member rule at least their pins. running: (k, 2), protected running pairs that are eligible.
    learner_unit and guide_unit number `unit_ids` ("organization/unit", -1: none), organization_group numbers
    `group_ids` (-1: none). learner_hours and guide_hours: hours a month in all.
    left_out: (member id, role, code of the first rule against) for those who have the role by profile.
    Skills sought and offered, for the prices of skills: lists end to end of numbers of `skill_ids`.
    """

    kind: Kind
    program: Program
    policy: PairPolicy
    learner_ids: list[str]
    guide_ids: list[str]
    organization_ids: list[str]
    group_ids: list[str]
    unit_ids: list[str]
    skill_ids: list[str]
    need: Index
    capacity: Index
    min_load: Index
    learner_org: Index
    guide_org: Index
    priority: Index
    guide_of_learner: Index
    learner_unit: Index
    guide_unit: Index
    organization_group: Index
    learner_hours: Index
    guide_hours: Index
    learner_rules: Index
    guide_rules: Index
    running: Array
    left_out: list[tuple[str, str, str]]
    oracle: PackedOracle

    @cached_property
    def edges(self) -> EdgeOracle:
        """All eligible pairs, for the solver: listed where they are few, since a list answers sooner."""
        n, m = len(self.learner_ids), len(self.guide_ids)
        listed = self.oracle.listed(MOST_LISTED) if n * m <= MOST_CROSSED else None
        return ExplicitEdges(n, m, listed) if listed is not None else self.oracle

    @cached_property
    def learner_number(self) -> dict[str, int]:
        """The number of each listed learner."""
        return {identifier: k for k, identifier in enumerate(self.learner_ids)}

    @cached_property
    def guide_number(self) -> dict[str, int]:
        """The number of each listed guide."""
        return {identifier: k for k, identifier in enumerate(self.guide_ids)}

    @property
    def learner_skills(self) -> tuple[Array, Array, Array, Array]:
        """Starts (n + 1,), skill numbers, levels and priorities of what learners seek."""
        seek = self.oracle.pack.seek
        start = np.append(self.oracle.pack.learner["seek"], len(seek))
        return start, seek["skill"], seek["level"], seek["priority"]

    @property
    def guide_skills(self) -> tuple[Array, Array, Array]:
        """Starts (m + 1,), skill numbers and levels of what guides offer."""
        offer = self.oracle.pack.offer
        return np.append(self.oracle.pack.guide["offer"], len(offer)), offer["skill"], offer["level"]

    def parts(self, learners: Index, guides: Index) -> Array:
        """Points by part, shape (k, 7) in the order of `PARTS`, also of pairs that may not meet."""
        return self.oracle.evaluate(learners, guides)[1]

    def failed(self, learners: Index, guides: Index) -> Array:
        """Masks (k,) of the rules against the given pairs: bit `rules.BIT[code]`; 0 for eligible ones."""
        return self.oracle.masks(learners, guides).astype(np.uint32)

    def funnel(self, learner: int) -> Funnel:
        """How many guides each rule takes away from one learner."""
        guides = np.flatnonzero(self.guide_rules == 0).astype(np.int32)
        return funnel_of(self.oracle.masks(np.full(len(guides), learner, np.int32), guides))

    def guide_funnel(self, guide: int) -> Funnel:
        """How many learners each rule takes away from one guide."""
        learners = np.flatnonzero(self.learner_rules == 0).astype(np.int32)
        return funnel_of(self.oracle.masks(learners, np.full(len(learners), guide, np.int32)))

    def network_funnel(self) -> Funnel:
        """How many of all pairs each rule takes away; over a sample of learners when there are too many."""
        return network_funnel(self.oracle)


def build_candidates(
    header: NetworkHeader,
    people: Iterable[Person],
    program: Program,
    policy: PairPolicy,
    kind: Kind,
    workers: int = 2,
) -> Candidates:
    """Read all people once (members before or after the pairs that name them) and pack them.

    Raises `InputError` where a member names an organization or a skill that the header lacks.
    """
    frame = Context.of(header, (), program, policy, kind)
    columns = Columns(frame).read(people)
    learners, guides = sides_of(columns)
    pack = assemble(columns, learners, guides, workers)
    oracle = PackedOracle(pack, workers)
    l_rules, g_rules = (side["rules"].copy() for side in (pack.learner, pack.guide))
    running = _running(columns, learners, guides)
    if len(running):
        running = running[oracle.points(running[:, 0], running[:, 1]) >= 0]
    need = _places(columns, "need", learners, running[:, 0], l_rules, 0)
    capacity = _places(columns, "capacity", guides, running[:, 1], g_rules, 1)
    groups = list(dict.fromkeys(one.group for one in header.organizations if one.group))
    guide_at = np.full(len(columns.numbers), -1, np.int32)
    guide_at[guides.number] = np.arange(len(guides.ids))
    unit, hours = columns.table("unit"), columns.table("hours")
    return Candidates(
        kind=kind,
        program=program,
        policy=policy,
        learner_ids=learners.ids,
        guide_ids=guides.ids,
        organization_ids=[one.id for one in header.organizations],
        group_ids=groups,
        unit_ids=list(columns.units),
        skill_ids=frame.skills.ids,
        need=np.minimum(need, MAX_NEED),
        capacity=capacity,
        min_load=np.minimum(columns.table("min_load")[guides.entry], capacity),
        learner_org=pack.learner["org"].copy(),
        guide_org=pack.guide["org"].copy(),
        priority=columns.table("waited")[learners.entry],
        guide_of_learner=guide_at[learners.number],
        learner_unit=unit[learners.entry],
        guide_unit=unit[guides.entry],
        organization_group=pack.org["group"].copy(),
        learner_hours=hours[learners.entry],
        guide_hours=hours[guides.entry],
        learner_rules=l_rules,
        guide_rules=g_rules,
        running=running,
        left_out=columns.left_out,
        oracle=oracle,
    )


def _running(columns: Columns, learners: Side, guides: Side) -> Array:
    """Protected running pairs between listed people, as numbers, shape (k, 2)."""
    pairs = np.array(columns.running, np.int64).reshape(-1, 2)
    at = []
    for side, number in ((learners, pairs[:, 0]), (guides, pairs[:, 1])):
        place = np.full(len(columns.numbers), -1, np.int32)
        place[side.number] = np.arange(len(side.ids))
        at.append(place[number])
    found = np.unique(np.stack(at, axis=1), axis=0)
    return found[(found >= 0).all(axis=1)]


def _places(columns: Columns, name: str, side: Side, running: Array, rules: Array, at: int) -> Index:
    """Places of each listed person of a side, see `Candidates`; `running`: their numbers in running pairs."""
    places = columns.table(name)[side.entry]
    fixed = np.bincount(running, minlength=len(side.ids))
    pins = [(pin.learner, pin.guide) for pin in columns.frame.program.pins if pin.must == "pair"]
    number_of = {identifier: k for k, identifier in enumerate(side.ids)} if pins else {}
    protected = set(columns.running)
    for pin in set(pins):
        k = number_of.get(pin[at], -1)
        if k >= 0 and rules[k] and (columns.number(pin[0]), columns.number(pin[1])) not in protected:
            fixed[k] += 1
    return np.maximum(places, fixed).astype(np.int32)
