"""What blocks a learner who is left out, and what would help: cuts and repairs as rows of a plan.

Repairs come in the order of what they ask of people: (1) relax one rule for one pair, which a coordinator
decides alone; (2) one more place with one guide; (3) one step more slack for an organization or group; (4)
one more in a quota; (5) more hours of one person. `direct_repairs` tells everybody what one pair more
beside the plan would take, which proves itself; `solved_repairs` tries changes on the solved flow, priced
over all eligible pairs: what the best plan would make of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import Cut as CutRow
from matcher.domain.plan import Repair
from matcher.planning.words import counted, listed
from solvers.pairs.explain import Outcome, State, one_more_place, raise_limit
from solvers.pairs.explain.cuts import Cut, LimitAt
from solvers.pairs.explain.direct import Direct, Room, Step, shortest

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.planning.pairs.audit.verify import Profiles
    from solvers.pairs.instance import PairsInstance

TRIES = 2
"""How many guides or limits are tried per kind of repair."""
TOLD = 3
"""How many limits of a cut its sentence names."""

COMPARED = 8
"""Guides compared per learner whom one rule alone takes away."""
AT_ONCE = 500_000
"""Pairs whose rules are looked at in one go."""

RELAXABLE = ("hours", "seniority", "repeat", "skill", "language", "own_group", "on_leave")
"""Rules that a coordinator may set aside for one pair, the lightest first."""


def cut_row(instance: PairsInstance, cut: Cut, groups: Sequence[str]) -> CutRow:
    """A cut in ids and words; `groups` are the names of groups by number."""
    learners = [instance.learner_ids[i] for i in cut.learners.tolist()]
    guides = [instance.guide_ids[j] for j in cut.guides.tolist()]
    limits = tuple(limit_words(limit, groups) for limit in cut.limits)
    head = f"{counted(len(learners), 'learner')} ({listed(learners)})"
    if len(learners) == 1:
        head = learners[0]
    verb = "share" if len(learners) > 1 else "can have"
    tail = f"{head} {verb} {counted(cut.places, 'place')}, and {cut.wanted} are wanted"
    if guides:
        tail += f": those of {counted(len(guides), 'guide')} ({listed(guides)})"
    if limits:
        tail += f"; {'; '.join(limits[:TOLD])}"
        tail += f"; and {len(limits) - TOLD} more limits" if len(limits) > TOLD else ""
    return CutRow(
        learners=tuple(learners), guides=tuple(guides), places=cut.places, limits=limits, sentence=f"{tail}."
    )


def limit_words(limit: LimitAt, groups: Sequence[str]) -> str:
    """A limit that is reached, in words."""
    if limit.kind == "quota":
        return f"the quota {limit.name} allows {limit.value}"
    name = limit.name if limit.kind == "organization" else f"group {groups[limit.number]}"
    what = "received more than it gave" if limit.at_most else "given more than it received"
    return f"{name} has {what} as far as give and take lets it ({limit.value:+d})"


def direct_repairs(
    room: Room,
    learners: Sequence[int],
    groups: Sequence[str],
    candidates: Candidates | None = None,
    *,
    floor: int | None = None,
    least_points: int = 0,
    looked: int = 0,
) -> dict[int, tuple[Repair, ...]]:
    """For each learner the nearest eligible pair that the plan could take in beside its own, with the limits
    that would have to be wider; and a rule for one pair, where setting it aside spares some of those.

    Of those with eligible guides only the first `looked` are looked at for rules, in the order given; of the
    others everybody.
    """
    ways = shortest(room, learners, floor, least_points)
    found: dict[int, list[Repair]] = {}
    if candidates is not None:
        without = [i for i in learners if i not in ways]
        others = [i for i in learners if i in ways][:looked]
        for rule, way in _rules(room, [*without, *others], candidates, floor, least_points):
            if way.learner not in ways or way.weight < ways[way.learner].weight:
                found.setdefault(way.learner, []).append(_told(room.instance, way, groups, rule))
    for learner, way in ways.items():
        found.setdefault(learner, []).append(_told(room.instance, way, groups))
    return {learner: tuple(repairs) for learner, repairs in found.items()}


def solved_repairs(state: State, learner: int, cut: Cut | None, groups: Sequence[str]) -> tuple[Repair, ...]:
    """Single changes across a learner's cut after which the best plan serves them, for sure or on equal terms
    with others, and nobody loses a guide."""
    if cut is None:
        return ()
    found = _places(state, learner, cut)
    for limit in _nearest(state, learner, cut.limits):
        kind = "quota" if limit.kind == "quota" else "slack"
        name = limit.name if limit.kind != "group" else groups[limit.number]
        what = f"One more in the quota {name}"
        if kind == "slack":
            what = f"One step more slack in give and take for {name}"
        found += _promised(state, learner, kind, name, what, partial(raise_limit, state, limit))
    return tuple(found)


def together(direct: Sequence[Repair], solved: Sequence[Repair]) -> tuple[Repair, ...]:
    """One list without doubles: rules, then what the best plan would do, then the rest of the direct ones."""
    known = {(repair.kind, repair.target) for repair in solved}
    rules = [repair for repair in direct if repair.kind.startswith("rule:")]
    rest = [repair for repair in direct if repair not in rules and (repair.kind, repair.target) not in known]
    return (*rules, *solved, *rest)


def rule_of(repair: Repair) -> tuple[str, str] | None:
    """The code of the rule that a repair sets aside, and the guide's id; None for other repairs."""
    if not repair.kind.startswith("rule:"):
        return None
    return repair.kind.removeprefix("rule:").split("+")[0], repair.target.split(", ")[0]


def with_numbers(learner: str, repairs: Iterable[Repair], profiles: Profiles) -> tuple[Repair, ...]:
    """Repairs that set a rule aside say what it is at hand and what the rule asks, from the profiles."""
    from matcher.candidates.rules import reasons

    out: list[Repair] = []
    for repair in repairs:
        about = rule_of(repair)
        if about is not None:
            code, guide = about
            against = reasons(profiles.context, profiles.members[learner], profiles.members[guide])
            told = [reason.sentence for reason in against if reason.code == code]
            repair = repair.model_copy(update={"sentence": " ".join((repair.sentence, *told))})
        out.append(repair)
    return tuple(out)


def _nearest(state: State, learner: int, limits: Sequence[LimitAt]) -> list[LimitAt]:
    """The limits to try: those of the learner's own organization, group or quotas first."""
    net = state.network
    above: set[int] = set()
    node = int(net.place_parent[learner])
    while node > net.hub:
        arc = node - net.hub - 1  # each named node but the hub has one arc upwards
        above.add(arc)
        node = int(net.tail[arc] if net.head[arc] == node else net.head[arc])
    return sorted(limits, key=lambda limit: limit.arc not in above)[:TRIES]


def _promised(
    state: State, learner: int, kind: str, name: str, what: str, change: Callable[..., Outcome]
) -> list[Repair]:
    """The repair if it serves the learner: for sure, or on equal terms with others. Else none."""
    outcome = change()
    if _serves(state, learner, outcome):
        other = change(claimed=learner, served=False)
        tied = other.possible and other.tiers == outcome.tiers
    else:
        other, outcome = outcome, change(claimed=learner, served=True)
        tied = _serves(state, learner, outcome) and other.tiers == outcome.tiers
        if not tied:
            return []
    told = f"{what} would give them a guide, and nobody would lose one."
    if tied:
        told = f"{what} would serve them or one with an equal claim, drawn by lot; nobody would lose one."
    return [_repair(kind, name, outcome, told)]


def _rules(
    room: Room,
    learners: Sequence[int],
    candidates: Candidates,
    floor: int | None,
    least_points: int,
) -> Iterable[tuple[str, Direct]]:
    """For each learner the guide whom one rule alone takes away, and the rule: the guide who needs fewest
    steps beside it, then the lightest rule, then most points.
    """
    from matcher.candidates.rules import BIT

    guides = np.flatnonzero(candidates.guide_rules == 0).astype(np.int32)
    weight = room.guide_weights()[guides]
    order = np.full(1 << 16, len(RELAXABLE), np.int64)
    order[[1 << BIT[code] for code in RELAXABLE]] = np.arange(len(RELAXABLE))
    chunk = max(1, AT_ONCE // max(1, len(guides)))
    for low in range(0, len(learners) if len(guides) else 0, chunk):
        some = np.array(learners[low : low + chunk], np.int32)
        masks = candidates.oracle.masks(np.repeat(some, len(guides)), np.tile(guides, len(some)))
        lightness = order[masks.reshape(len(some), len(guides))]
        for learner, rank in zip(some.tolist(), lightness, strict=True):
            at = np.flatnonzero((rank < len(RELAXABLE)) & (weight >= 0))
            at = at[np.lexsort((rank[at], weight[at]))][:COMPARED]
            if not len(at):
                continue
            points = candidates.parts(np.full(len(at), learner, np.int32), guides[at]).sum(axis=1)
            best: tuple[tuple[int, ...], Direct] | None = None
            for k, worth in zip(at.tolist(), points.tolist(), strict=True):
                steps = room.steps(learner, int(guides[k]))
                if steps is None or worth < least_points or not room.keeps_floor(learner, worth, floor):
                    continue
                way = Direct(learner, int(guides[k]), worth, steps)
                key = way.weight, int(rank[k]), -worth, way.guide
                if best is None or key < best[0]:
                    best = key, way
            if best is not None:
                yield RELAXABLE[best[0][1]], best[1]


def _told(instance: PairsInstance, way: Direct, groups: Sequence[str], rule: str | None = None) -> Repair:
    """A pair that could be added as a repair; `rule` is to be set aside for it."""
    guide = instance.guide_ids[way.guide]
    kinds: list[str] = [] if rule is None else [f"rule:{rule}"]
    targets: list[str] = [] if rule is None else [guide]
    asked: list[str] = []
    for step in way.steps:
        kind, name, words = _step(instance, step, groups)
        kinds.append(kind)
        targets.append(name)
        asked.append(words)
    what = " and ".join(asked)
    if rule is not None:
        beside = f", with {what}" if asked else ""
        sentence = (
            f"If a coordinator set the rule {rule} aside for this one pair{beside}, they would get {guide} "
            f"({way.points} points), and nobody would lose one."
        )
    elif asked:
        sentence = (
            f"{what[0].upper()}{what[1:]}, kept for them, would give them {guide} ({way.points} points), "
            "and nobody would lose one."
        )
    else:
        kinds, targets = ["time"], [guide]
        sentence = f"{guide} could take them as things are ({way.points} points): give the run more time."
    return Repair(
        kind="+".join(kinds),
        target=", ".join(targets),
        amount=max([step.amount for step in way.steps], default=1),
        gain=1,
        points=way.points,
        exact=False,
        sentence=sentence,
    )


def _step(instance: PairsInstance, step: Step, groups: Sequence[str]) -> tuple[str, str, str]:
    """Kind and target of a step, and its words."""
    steps = "one step" if step.amount == 1 else f"{step.amount} steps"
    more = "one more" if step.amount == 1 else f"{step.amount} more"
    if step.kind == "place":
        name = instance.guide_ids[step.number]
        return "place", name, f"{more} place{'s' if step.amount > 1 else ''} with {name}"
    if step.kind == "quota":
        name = instance.quotas[step.number].name
        return "quota", name, f"{more} in the quota {name}"
    if step.kind in ("organization", "group"):
        name = instance.organization_ids[step.number] if step.kind == "organization" else groups[step.number]
        return "slack", name, f"{steps} more slack in give and take for {name}"
    ids = instance.learner_ids if step.kind == "learner_hours" else instance.guide_ids
    name = ids[step.number]
    return "hours", name, f"{step.amount} more hour{'s' if step.amount > 1 else ''} a month of {name}"


def _places(state: State, learner: int, cut: Cut) -> list[Repair]:
    """One more place with a guide of the cut whom the learner may meet, the best for them first."""
    row = state.instance.edges.row(learner)
    own = np.isin(row.guide, cut.guides)
    at = np.flatnonzero(own)
    for k in at[np.lexsort((row.guide[at], -row.points[at]))][:TRIES].tolist():
        guide = int(row.guide[k])
        name = state.instance.guide_ids[guide]
        change = partial(one_more_place, state, guide)
        found = _promised(state, learner, "place", name, f"One more place with {name}", change)
        if found:
            return found
    return []


def _serves(state: State, learner: int, outcome: Outcome) -> bool:
    """Whether the learner has more guides, and nobody fewer, in an answer that keeps every rule."""
    if not (outcome.possible and outcome.attained):
        return False
    before = np.bincount(state.answer.learner, minlength=state.n)
    after = np.bincount(outcome.pairs.learner, minlength=state.n)
    return bool(after[learner] > before[learner] and (after >= before).all())


def _repair(kind: str, target: str, outcome: Outcome, sentence: str) -> Repair:
    places = sum(tier.gain or 0 for tier in outcome.tiers if tier.name.startswith("places_"))
    points = outcome.tiers[-1].gain
    return Repair(
        kind=kind, target=target, amount=1, gain=places, points=points, exact=outcome.exact, sentence=sentence
    )
