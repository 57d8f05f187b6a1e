"""What a plan tells beyond the pairs: cuts, repairs and prices, filled in while it is made.

Cheap enough for every run: cuts for all who are left out with guides they could meet, repairs for the first
of them (as many as asked for), prices for the scarcest skills. Above `MOST_LEARNERS` it is left to `explain`,
and a note says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matcher.domain.plan import SkillPrice, Unmatched
from matcher.planning.pairs.reasons.prices import price_skills
from matcher.planning.pairs.reasons.repairs import cut_row, repairs_of
from solvers.limits import Limits
from solvers.pairs.explain import State
from solvers.pairs.explain.cuts import Cutter
from solvers.pairs.flow.circulation import OverTimeError

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from solvers.pairs.instance import PairsInstance
    from solvers.pairs.solution import PairsAnswer

MOST_LEARNERS = 20_000
"""Above that nothing is filled in unless asked."""
LOOKS = 600_000
"""Pairs looked at for cuts, at most (each learner left out takes as many as there are guides)."""
REPAIR_WORK = 6_000
"""Repairs are verified by solving again, which takes time in proportion to the number of learners: by default
for REPAIR_WORK / learners of those left out."""
PRICED, PRICE_WORK = 10, 30_000
"""Prices for so many skills at most, and for no more than PRICE_WORK / learners, but one at least."""


def deepen(
    instance: PairsInstance,
    answer: PairsAnswer,
    unmatched: Sequence[Unmatched],
    groups: Sequence[str],
    limits: Limits,
    candidates: Candidates | None = None,
    skills: Sequence[SkillPrice] = (),
    *,
    repaired: int | None = None,
) -> tuple[tuple[Unmatched, ...], tuple[SkillPrice, ...], tuple[str, ...]]:
    """The rows of learners left out with cuts and repairs, the rows of skills with prices, and notes.

    `repaired`: for how many of those left out repairs are verified (None: as many as take little time). Only
    where the answer has duals; the rows come back as they are otherwise.
    """
    if answer.duals is None:
        return tuple(unmatched), tuple(skills), ()
    late = "The time ran out before bottlenecks, repairs and prices were found: ask 'peerloom explain'."
    if limits.over:
        return tuple(unmatched), tuple(skills), (late,)
    if instance.n_learners > MOST_LEARNERS and not repaired:
        note = (
            f"Cuts, repairs and prices are not computed above {MOST_LEARNERS:,} learners: "
            "ask 'peerloom explain'."
        )
        return tuple(unmatched), tuple(skills), (note,)
    try:
        return _looked_into(instance, answer, unmatched, groups, limits, candidates, skills, repaired)
    except OverTimeError:
        return tuple(unmatched), tuple(skills), (late,)


def _looked_into(
    instance: PairsInstance,
    answer: PairsAnswer,
    unmatched: Sequence[Unmatched],
    groups: Sequence[str],
    limits: Limits,
    candidates: Candidates | None,
    skills: Sequence[SkillPrice],
    repaired: int | None,
) -> tuple[tuple[Unmatched, ...], tuple[SkillPrice, ...], tuple[str, ...]]:
    state = State.of(instance, answer, limits)
    number = {name: i for i, name in enumerate(instance.learner_ids)}
    size = max(1, instance.n_learners)
    looked = max(1, LOOKS // max(1, instance.n_guides))
    short = [row for row in unmatched if row.eligible != 0][:looked]
    cutter = Cutter(state)
    order = sorted(short, key=lambda row: (row.eligible or 0, row.learner))
    cuts = cutter.cuts(number[row.learner] for row in order)
    most = REPAIR_WORK // size if repaired is None else repaired
    rows: list[Unmatched] = []
    for k, row in enumerate(unmatched):
        cut = cuts.get(number[row.learner])
        update: dict[str, object] = {}
        if cut is not None:
            update["cut"] = cut_row(instance, cut, groups)
        if k < most:
            update["repairs"] = repairs_of(state, number[row.learner], cut, groups, candidates)
        rows.append(row.model_copy(update=update) if update else row)
    notes: tuple[str, ...] = ()
    if len(rows) > most:
        notes = (
            f"Of {len(rows):,} learners left out, bottlenecks were looked for among {len(short):,}, "
            f"repairs among the first {most:,} (--repairs): 'peerloom explain --member' tells the others'.",
        )
    priced = tuple(skills)
    if candidates is not None:
        priced = price_skills(state, candidates, skills, max(1, min(PRICED, PRICE_WORK // size)))
    return tuple(rows), priced, notes
