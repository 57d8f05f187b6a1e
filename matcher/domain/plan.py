"""The answer of one pairs run as a document: pairs, reasons, proof and effort. Lossless as JSON.

Whole numbers or None; never 0 or infinity for "there is none". Points are 0-1000.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Model
from matcher.domain.family import Family
from matcher.domain.policy import Changes, Kind, Order

FORMAT: Literal["peerloom-pairs/1"] = "peerloom-pairs/1"


class Outcome(StrEnum):
    """How far an answer is proven."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


class PlanSource(Model):
    """What was solved: the network's id (or the instance file's name), the path given, and the SHA-256."""

    id: str
    path: str | None = None
    sha256: str


class PolicyName(Model):
    """Which version of which policy held."""

    id: Identifier
    version: int = Field(ge=1, le=2_000_000_000)


class PlanTier(Model):
    """One stage of the order: `value` reached, `bound` that no allowed answer passes, given those before.

    `condition` says in words what the bound rests on, when it rests on something.
    """

    name: str
    sense: Literal["max", "min"]
    value: int | None
    bound: int | None
    proven: bool
    condition: str | None = None


class PlanPair(Model):
    """One pair. `parts` are the named parts of its points (empty without profiles).

    `kept`: it ran before. `pinned`: it had to be in the answer. `overrides`: codes of the rules that a pin
    set aside.
    """

    learner: str
    guide: str
    points: int = Field(ge=0, le=1000)
    parts: dict[str, int] = Field(default_factory=dict)
    kept: bool = False
    pinned: bool = False
    overrides: tuple[str, ...] = ()


class Cut(Model):
    """Why a learner is left out, as a bottleneck: these learners share these guides' places.

    `places` is what the guides can take together; `limits` are sentences on balance or quota arcs in the cut.
    """

    learners: tuple[str, ...]
    guides: tuple[str, ...]
    places: int = Field(ge=0)
    limits: tuple[str, ...] = ()
    sentence: str


class Repair(Model):
    """One change that would help: which rule, guide or limit, by how much, and what it gains or costs.

    `gain` is in places; `points` is the change of the total of points, None where it is not known.
    """

    kind: str
    target: str = ""
    amount: int = 0
    gain: int | None = None
    points: int | None = None
    exact: bool = False
    sentence: str


class Unmatched(Model):
    """A learner with fewer guides than wanted, and why.

    `rules`: by rule code, how many guides it takes away; `alone`: how many would remain but for that rule;
    `eligible`: how many guides every rule lets meet. All three are None/empty where they were not counted.
    `cut`: number of their bottleneck in the plan's `cuts`, from 0.
    `sentence` is for coordinators; `public_sentence` is what members and other organizations may read.
    """

    learner: str
    organization: str = ""
    wanted: int = Field(ge=1)
    got: int = Field(ge=0)
    reason: str
    sentence: str
    secret: bool = False
    public_sentence: str = ""
    rules: dict[str, int] = Field(default_factory=dict)
    alone: dict[str, int] = Field(default_factory=dict)
    eligible: int | None = None
    cut: int | None = Field(default=None, ge=0)
    repairs: tuple[Repair, ...] = ()


class IdleGuide(Model):
    """A guide with places left over, and why; fields as in `Unmatched`.

    `nearest`: the learner for whom using this guide costs the plan least, by its duals: at least `loss` in
    the tier `tier`, the earlier ones as they are. None where nobody is near, or it was not looked for.
    """

    guide: str
    organization: str = ""
    places: int = Field(ge=1)
    used: int = Field(ge=0)
    reason: str
    sentence: str
    secret: bool = False
    public_sentence: str = ""
    rules: dict[str, int] = Field(default_factory=dict)
    alone: dict[str, int] = Field(default_factory=dict)
    eligible: int | None = None
    nearest: str | None = None
    tier: str = ""
    loss: int | None = None


class LeftOut(Model):
    """A member whom a rule about themselves keeps out of one role, before any pair is looked at."""

    member: str
    role: Literal["learner", "guide"]
    rule: str
    sentence: str


class GiveAndTakeLine(Model):
    """One organization or group: pairs received and given, the ledger, and the limits on the net."""

    organization: str
    received: int = Field(ge=0)
    given: int = Field(ge=0)
    carried: int = 0
    net: int
    least: int | None = None
    most: int | None = None
    group: bool = False


class BalanceCost(Model):
    """What give and take cost in places and in points; None where unknown. `how_known` says how."""

    places: int | None
    points: int | None = None
    how_known: str


class SkillPrice(Model):
    """One skill: places of guides who offer it, learners who seek it, and what one more guide would bring.

    `price`: gain of the last tier by one more place with this skill; `bound`: no gain is above it. `tier`
    names the tier that the gain is in.
    """

    skill: str
    name: str = ""
    places: int = Field(ge=0)
    used: int = Field(default=0, ge=0)
    learners: int = Field(ge=0)
    unmatched: int = Field(default=0, ge=0)
    tier: str = ""
    price: int | None = None
    bound: int | None = None
    exact: bool = False


class PairChange(Model):
    """One pair against the plan or the running pairs before. `avoidable`: no rule or request forced it."""

    learner: str
    guide: str
    reason: str
    sentence: str
    avoidable: bool = False


class PlanChanges(Model):
    """A plan against the one before: kept, added, dropped (for a better whole), ended (could not go on)."""

    kept: tuple[PairChange, ...] = ()
    added: tuple[PairChange, ...] = ()
    dropped: tuple[PairChange, ...] = ()
    ended: tuple[PairChange, ...] = ()


class PlanDuals(Model):
    """A certificate: per tier of `tiers`, one whole number for each learner, guide and other node.

    `least_points`: it speaks of new pairs with at least so many points.
    """

    tiers: tuple[str, ...]
    learner: dict[str, tuple[int, ...]]
    guide: dict[str, tuple[int, ...]]
    node: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    least_points: int = 0

    @model_validator(mode="after")
    def _one_number_per_tier(self) -> Self:
        length = len(self.tiers)
        for name, values in (("learner", self.learner), ("guide", self.guide), ("node", self.node)):
            for identifier, numbers in values.items():
                if len(numbers) != length:
                    raise ValueError(
                        f"{name} {identifier!r} has {len(numbers)} duals; there are {length} tiers"
                    )
        return self


class PlanPricedRow(Model):
    """A rule beside the flow and what one unit of its left side costs, per tier of a certificate.

    `budget`: learner_cost * (guides of `learner`) + guide_cost * (learners of `guide`) <= most, which follows
    from that person's hours. `quota`: the one called `name`. `most_broken`: the cap on broken pairs.
    `both_ways`: `learner` -> `guide` and back. `held`: the tier called `name` reaches `most` (in its flow,
    see docs/models.md)."""

    code: Literal["budget", "quota", "most_broken", "both_ways", "held"]
    price: tuple[int, ...]
    most: int = 0
    learner: str | None = None
    guide: str | None = None
    learner_cost: int = 0
    guide_cost: int = 0
    name: str = ""


class PlanSideDuals(Model):
    """A certificate with prices on rules beside the flow: tier t in units of 1 / scale[t]."""

    duals: PlanDuals
    scale: tuple[int, ...]
    rows: tuple[PlanPricedRow, ...]


class PlanEffort(Model):
    """What the run took: seconds and peak memory (MB) by phase, counts, versions, a hash of its input."""

    seconds: dict[str, float] = Field(default_factory=dict)
    megabytes: dict[str, int] = Field(default_factory=dict)
    counts: dict[str, int] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    input_hash: str = ""


class PairsPlan(Model):
    """The result of one pairs run. `program`, `cycle`, `policy` and `kind` are None for bare instances.

    `value` and `bound` are those of the last tier, given what the earlier ones reached.
    `cuts`: the bottlenecks of those left out, each once.
    `duals` certify the tiers. In the order floor they speak of pairs that reach the floor; then `upper_duals`
    certify the tiers before the floor, and `floor_duals` that a higher floor would lower one of them.
    `side_duals` bound the tiers closer, by prices on rules that no flow holds.
    `previous` lists the pairs that were worth keeping (avoidable breaks only); `previous_plan` is the file
    given for them beside the document's running pairs. `commitments` are sessions of other plans, whose times
    were taken. `conflict` names the pins that contradict each other
    when the status is infeasible.
    """

    family: ClassVar[Family] = Family.PAIRS

    format: Literal["peerloom-pairs/1"] = FORMAT
    network: PlanSource
    program: str | None = None
    cycle: str | None = None
    policy: PolicyName | None = None
    kind: Kind | None = None
    order: Order
    changes_policy: Changes | Literal["off"]
    seed: int = Field(ge=0)
    status: Outcome
    sentence: str
    value: int | None = None
    bound: int | None = None
    tiers: tuple[PlanTier, ...] = ()
    pairs: tuple[PlanPair, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    idle_guides: tuple[IdleGuide, ...] = ()
    cuts: tuple[Cut, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    give_and_take: tuple[GiveAndTakeLine, ...] = ()
    balance_cost: BalanceCost | None = None
    skill_prices: tuple[SkillPrice, ...] = ()
    changes: PlanChanges = PlanChanges()
    previous: tuple[tuple[str, str], ...] = ()
    previous_plan: PlanSource | None = None
    commitments: PlanSource | None = None
    blocking_pairs: int | None = None
    conflict: tuple[str, ...] = ()
    duals: PlanDuals | None = None
    upper_duals: PlanDuals | None = None
    floor_duals: PlanDuals | None = None
    side_duals: tuple[PlanSideDuals, ...] = ()
    effort: PlanEffort = PlanEffort()
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _tells_no_lies(self) -> Self:
        if self.status is Outcome.OPTIMAL and not all(tier.proven for tier in self.tiers):
            raise ValueError("status is optimal, but not every tier is proven")
        for tier in self.tiers:
            if tier.proven and tier.value != tier.bound:
                raise ValueError(f"tier {tier.name} is called proven, but its value is not its bound")
        for row in self.unmatched:
            if row.cut is not None and row.cut >= len(self.cuts):
                raise ValueError(f"learner {row.learner!r} names cut {row.cut}; there are {len(self.cuts)}")
        last = self.tiers[-1] if self.tiers else None
        if last is not None and (self.value, self.bound) != (last.value, last.bound):
            raise ValueError("value and bound are not those of the last tier")
        return self
