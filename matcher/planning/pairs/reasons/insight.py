"""What a plan tells beyond the pairs: cuts, repairs and prices, filled in while it is made.

Cheap enough for every run: a cut and the nearest repairs for all who are left out, prices for the scarcest
skills, and how near each guide with places over is to being used. Above `MOST_LEARNERS` it is left to
`explain`, and a note says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import Cut as CutRow
from matcher.domain.plan import IdleGuide, SkillPrice, Unmatched
from matcher.planning.pairs.reasons.prices import price_skills
from matcher.planning.pairs.reasons.repairs import cut_row, direct_repairs, solved_repairs, together
from solvers.limits import Limits
from solvers.pairs.answer import floor_reached
from solvers.pairs.check.score import tier_values
from solvers.pairs.explain import State, nearest_learners
from solvers.pairs.explain.cuts import Cutter
from solvers.pairs.explain.direct import Room
from solvers.pairs.flow.circulation import OverTimeError

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from solvers.pairs.instance import PairsInstance
    from solvers.pairs.solution import PairsAnswer

MOST_LEARNERS = 20_000
"""Above that nothing is filled in unless asked."""
RULE_PAIRS = 500_000
"""Pairs whose rules are looked at for repairs, at most, beside those of learners whom nobody may meet."""
PRICED, PRICE_WORK = 10, 30_000
"""Prices for so many skills at most, and for no more than PRICE_WORK / learners, but one at least."""


@dataclass(frozen=True)
class Insight:
    """Rows of learners left out, of guides with places over and of skills, filled in; cuts, each once."""

    unmatched: tuple[Unmatched, ...]
    idle: tuple[IdleGuide, ...]
    skills: tuple[SkillPrice, ...] = ()
    cuts: tuple[CutRow, ...] = ()
    notes: tuple[str, ...] = ()


def deepen(
    instance: PairsInstance,
    answer: PairsAnswer,
    rows: tuple[Sequence[Unmatched], Sequence[IdleGuide], Sequence[SkillPrice]],
    groups: Sequence[str],
    limits: Limits,
    candidates: Candidates | None = None,
    *,
    repaired: int = 0,
) -> Insight:
    """The rows of learners left out with cuts and repairs, of guides with places over with who is nearest,
    and of skills with prices; and notes.

    `repaired`: for how many of those left out it is also solved what the best plan would make of a repair.
    Only where the answer has duals; the rows come back as they are otherwise.
    """
    plain = Insight(tuple(rows[0]), tuple(rows[1]), tuple(rows[2]))
    if answer.duals is None:
        return plain
    if instance.n_learners > MOST_LEARNERS and not repaired:
        note = (
            f"Cuts, repairs and prices are not computed above {MOST_LEARNERS:,} learners: "
            "ask 'peerloom explain'."
        )
        return replace(plain, notes=(note,))
    number = {name: i for i, name in enumerate(instance.learner_ids)}
    looked = RULE_PAIRS // max(1, instance.n_guides)
    direct = direct_repairs(
        Room(instance, answer.pairs),
        [number[row.learner] for row in plain.unmatched],
        groups,
        candidates,
        floor=floor_reached(instance, answer.pairs),
        least_points=answer.duals.least_points,
        looked=looked,
    )
    unmatched = [
        row.model_copy(update={"repairs": direct.get(number[row.learner], ())}) for row in plain.unmatched
    ]
    plain = replace(plain, unmatched=tuple(unmatched))
    could = sum(row.eligible != 0 for row in unmatched)
    if candidates is not None and could > looked:
        note = (
            f"Of {could:,} learners left out whom guides could meet, rules that could be set aside were "
            f"looked for among the first {looked:,}: 'peerloom explain --member' tells the others'."
        )
        plain = replace(plain, notes=(note,))
    late = "The time ran out before bottlenecks and prices were found: ask 'peerloom explain'."
    if limits.over:
        return replace(plain, notes=(*plain.notes, late))
    try:
        return _by_flow(State.of(instance, answer, limits), plain, groups, candidates, number, repaired)
    except OverTimeError:
        return replace(plain, notes=(*plain.notes, late))


def _by_flow(
    state: State,
    plain: Insight,
    groups: Sequence[str],
    candidates: Candidates | None,
    number: dict[str, int],
    repaired: int,
) -> Insight:
    """What the solved flow tells."""
    could = sorted(
        (row for row in plain.unmatched if row.eligible != 0),
        key=lambda row: (row.eligible or 0, row.learner),
    )
    cuts = Cutter(state).cuts(number[row.learner] for row in could)
    rows: list[Unmatched] = []
    found: list[CutRow] = []
    place: dict[int, int] = {}
    for k, row in enumerate(plain.unmatched):
        i = number[row.learner]
        cut = cuts.get(i)
        update: dict[str, object] = {}
        if cut is not None:
            if id(cut) not in place:
                place[id(cut)] = len(found)
                found.append(cut_row(state.instance, cut, groups))
            update["cut"] = place[id(cut)]
        if k < repaired:
            update["repairs"] = together(row.repairs, solved_repairs(state, i, cut, groups))
        rows.append(row.model_copy(update=update) if update else row)
    priced = plain.skills
    if candidates is not None:
        most = max(1, min(PRICED, PRICE_WORK // max(1, state.instance.n_learners)))
        priced = price_skills(state, candidates, plain.skills, most)
    return replace(
        plain, unmatched=tuple(rows), idle=_nearest(state, plain.idle), skills=priced, cuts=tuple(found)
    )


def _nearest(state: State, idle: Sequence[IdleGuide]) -> tuple[IdleGuide, ...]:
    """Rows of guides with places over: who is nearest, and what using the guide would lose at least.

    The loss is one against this plan only where the plan is as good as the flow that prices it.
    """
    number = {name: j for j, name in enumerate(state.instance.guide_ids)}
    guides = np.array([number[row.guide] for row in idle], np.int32)
    met = tier_values(state.instance, state.relaxed) == state.values
    near = nearest_learners(state, guides)
    rows: list[IdleGuide] = []
    for row in idle:
        if number[row.guide] not in near:
            rows.append(row)
            continue
        learner, loss = near[number[row.guide]]
        update: dict[str, object] = {"nearest": state.instance.learner_ids[learner]}
        if met and not state.floor:
            at = next((t for t, digit in enumerate(loss) if digit), len(loss) - 1)
            update |= {"tier": state.network.tiers[at].name, "loss": max(0, loss[at])}
        rows.append(row.model_copy(update=update))
    return tuple(rows)
