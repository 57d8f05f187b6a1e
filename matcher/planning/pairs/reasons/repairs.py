"""What blocks a learner who is left out, and what would help: cuts and repairs as rows of a plan.

Repairs come in the order of what they ask of people: (1) relax one rule for one pair, which a coordinator
decides alone; (2) one more place with one guide; (3) one step more slack for an organization or group; (4)
one more in a quota. Each is tried on the solved flow, priced over all eligible pairs, and offered only
where the learner gets a guide more by it and nobody gets fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import Cut as CutRow
from matcher.domain.plan import Repair
from matcher.planning.words import counted, listed, rule_sentence
from solvers.pairs.explain import Outcome, State, force, one_more_place, raise_limit
from solvers.pairs.explain.cuts import Cut, LimitAt

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from solvers.pairs.instance import PairsInstance

TRIES = 2
"""How many guides, rules or limits are tried per kind of repair."""
TOLD = 3
"""How many limits of a cut its sentence names."""

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


def repairs_of(
    state: State,
    learner: int,
    cut: Cut | None,
    groups: Sequence[str],
    candidates: Candidates | None = None,
) -> tuple[Repair, ...]:
    """The cheapest repairs for one learner, verified; see the module for their order."""
    found: list[Repair] = []
    if candidates is not None:
        found += _rules(state, learner, candidates)
    if cut is not None:
        found += _places(state, learner, cut)
        for limit in _nearest(state, learner, cut.limits):
            kind = "quota" if limit.kind == "quota" else "slack"
            name = limit.name if limit.kind != "group" else groups[limit.number]
            what = f"One more in the quota {name}"
            if kind == "slack":
                what = f"One step more slack in give and take for {name}"
            found += _promised(state, learner, kind, name, what, partial(raise_limit, state, limit))
    return tuple(found)


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


def _rules(state: State, learner: int, candidates: Candidates) -> Iterable[Repair]:
    """Guides whom one rule alone takes away, those with a free place and most points first."""
    m = state.instance.n_guides
    guides = np.flatnonzero(candidates.guide_rules == 0).astype(np.int32)
    masks = candidates.oracle.masks(np.full(len(guides), learner, np.int32), guides)
    from matcher.candidates.rules import BIT

    load = np.bincount(state.answer.guide, minlength=m)
    free = state.instance.capacity[guides] > load[guides]
    tried = 0
    for code in RELAXABLE:
        at = guides[(masks == 1 << BIT[code]) & free]
        if not len(at) or tried == TRIES:
            continue
        tried += 1
        points = candidates.parts(np.full(len(at), learner, np.int32), at).sum(axis=1)
        for k in np.lexsort((at, -points))[:1].tolist():
            outcome = force(state, learner, int(at[k]), int(points[k]))
            if _serves(state, learner, outcome):
                name = state.instance.guide_ids[int(at[k])]
                sentence = (
                    f"If a coordinator set the rule {code} aside for this one pair, they would get {name} "
                    f"({int(points[k])} points). {rule_sentence(code)}"
                )
                yield _repair(f"rule:{code}", name, outcome, sentence)
                return


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
