"""A plan against the pairs that ran before: what was kept, added, dropped and ended, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from matcher.domain.plan import PairChange, PlanChanges
from matcher.planning.words import listed, rule_sentence

if TYPE_CHECKING:
    from solvers.pairs.edges import Edges
    from solvers.pairs.instance import PairsInstance

Pair = tuple[str, str]


def named(instance: PairsInstance, pairs: Edges) -> list[Pair]:
    """Pairs of numbers as ids."""
    return [
        (instance.learner_ids[i], instance.guide_ids[j])
        for i, j in zip(pairs.learner.tolist(), pairs.guide.tolist(), strict=True)
    ]


def changes_of(
    instance: PairsInstance,
    pairs: Edges,
    protected: Iterable[Pair],
    ended: Iterable[PairChange],
    pins: Iterable[Pair],
) -> PlanChanges:
    """Compare an answer with the pairs before it. `protected` went on by every rule; `ended` could not."""
    protected, ended = list(protected), list(ended)
    now = named(instance, pairs)
    standing, before, forced = set(now), set(protected), set(pins)
    guides_of: dict[str, list[str]] = {}
    learners_of: dict[str, list[str]] = {}
    for learner, guide in now:
        guides_of.setdefault(learner, []).append(guide)
        learners_of.setdefault(guide, []).append(learner)
    had = {learner for learner, _ in protected}
    lost = {change.learner for change in ended} | {pair[0] for pair in protected if pair not in standing}

    def dropped(pair: Pair) -> PairChange:
        learner, guide = pair
        new = [f"{learner} now meets {listed(guides_of[learner])}"] if learner in guides_of else []
        new += [f"{guide} now meets {listed(learners_of[guide])}"] if guide in learners_of else []
        reason = "better_whole"
        sentence = f"{rule_sentence(reason).capitalize()}: {'; '.join(new) or 'a limit needs it'}."
        return PairChange(learner=learner, guide=guide, reason=reason, sentence=sentence, avoidable=True)

    def added(pair: Pair) -> PairChange:
        learner, guide = pair
        if pair in forced:
            reason = "pinned"
        elif learner in lost:
            reason = "replacement"
        elif learner in had:
            reason = "further_guide"
        else:
            reason = "new_place"
        return PairChange(
            learner=learner, guide=guide, reason=reason, sentence=f"{rule_sentence(reason).capitalize()}."
        )

    return PlanChanges(
        kept=tuple(
            PairChange(learner=learner, guide=guide, reason="kept", sentence="Goes on.")
            for learner, guide in protected
            if (learner, guide) in standing
        ),
        added=tuple(added(pair) for pair in now if pair not in before),
        dropped=tuple(dropped(pair) for pair in protected if pair not in standing),
        ended=tuple(change for change in ended if (change.learner, change.guide) not in standing),
    )
