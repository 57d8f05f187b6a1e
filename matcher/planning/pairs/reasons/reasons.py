"""Why learners are left with fewer guides than they want, and guides with places over.

Nothing is solved again: eligible people, loads and limits of the answer are enough to tell what stands in the
way. The bottleneck behind full guides, and what would repair it, is the business of explanations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.domain.plan import IdleGuide, Unmatched
from matcher.planning.pairs.standing import Standing
from matcher.planning.words import PRIVATE, counted, listed, rule_sentence, secret_rules
from solvers.pairs.edges import Edges, Index

if TYPE_CHECKING:
    from matcher.planning.pairs.reasons.counts import RuleCounts

    Counts = Callable[[int], RuleCounts]

CHECKS = 2_500_000
"""Pairs that are looked at one by one for a side's reasons, at most. A fixed number, so that the same input
has the same answer; people beyond it are told less: no count of eligible people, or only `not_counted`."""

COUPLES = 12
"""Free couples per learner that are looked at for what keeps them apart."""

Finding = tuple[str, str, dict[str, Any]]
"""A reason, its sentence, and further fields of the row."""


def left_over(
    standing: Standing, learner_counts: Counts | None, guide_counts: Counts | None
) -> tuple[tuple[Unmatched, ...], tuple[IdleGuide, ...]]:
    """Every learner with fewer guides than wanted, and every guide with places over.

    Those with nobody at all come first, then document order. The counts say what each rule takes away from
    one person; None for bare instances.
    """
    couples = standing.free_couples(COUPLES)
    return (
        tuple(_unmatched(standing, couples, learner_counts)),
        tuple(_idle(standing, couples, guide_counts)),
    )


def _unmatched(standing: Standing, couples: Edges, counts: Counts | None) -> Iterable[Unmatched]:
    instance = standing.instance
    free = _by(couples.learner, couples.guide)
    mine = _by(standing.pairs.learner, standing.pairs.guide)
    budget = _Budget(instance.n_guides)
    short = np.flatnonzero(standing.learner_load < instance.need).tolist()
    found: dict[int, Finding] = {}
    # Those without any free couple need a closer look; the others are only counted.
    for i in sorted(short, key=lambda i: (i in free, i)):
        blocked = _blocked(standing, [(i, j) for j in free[i]]) if i in free else None
        if not budget.take():
            found[i] = _uncounted(blocked, "guide")
            continue
        eligible = instance.edges.row(i).guide.tolist()
        if not eligible:
            budget.take()
            found[i] = _no_eligible(counts and counts(i), "guide", instance.n_guides)
            continue
        others = [j for j in eligible if j not in mine.get(i, ())]
        full = [j for j in others if standing.guide_load[j] >= instance.capacity[j]]
        more: dict[str, Any] = {"eligible": len(eligible)}
        if blocked is not None:
            reason, words = blocked
            open_ = len(others) - len(full)
            sentence = (
                f"{counted(len(others), 'guide')} could meet them, {len(full)} of them full; "
                f"{counted(open_, 'has', 'have')} a free place, but {words}."
            )
            found[i] = reason, sentence, more
        elif not others:
            sentence = f"Only {counted(len(eligible), 'guide')} could meet them, and all are theirs already."
            found[i] = "no_further_guide", sentence, more
        else:
            places = int(instance.capacity[others].sum())
            names = listed([instance.guide_ids[j] for j in others])
            sentence = (
                f"{counted(len(others), 'guide')} could meet them ({names}), all full: "
                f"their {counted(places, 'place')} went to others."
            )
            found[i] = "guides_full", sentence, more
    for i in sorted(short, key=lambda i: (int(standing.learner_load[i]) > 0, i)):
        yield Unmatched(
            learner=instance.learner_ids[i],
            organization=instance.organization_ids[int(instance.learner_org[i])],
            wanted=int(instance.need[i]),
            got=int(standing.learner_load[i]),
            **_told(found[i]),
        )


def _idle(standing: Standing, couples: Edges, counts: Counts | None) -> Iterable[IdleGuide]:
    instance = standing.instance
    waiting = _by(couples.guide, couples.learner)
    budget = _Budget(instance.n_learners)
    idle = np.flatnonzero(standing.guide_load < instance.capacity).tolist()
    found: dict[int, Finding] = {}
    for j in sorted(idle, key=lambda j: (j in waiting, j)):
        blocked = _blocked(standing, [(i, j) for i in waiting[j]]) if j in waiting else None
        if not budget.take():
            found[j] = _uncounted(blocked, "learner")
            continue
        eligible = instance.edges.column(j).learner
        more: dict[str, Any] = {"eligible": len(eligible)}
        if not len(eligible):
            budget.take()
            found[j] = _no_eligible(counts and counts(j), "learner", instance.n_learners)
            continue
        wanting = eligible[standing.learner_load[eligible] < instance.need[eligible]].tolist()
        theirs = {int(i) for i in standing.pairs.learner[standing.pairs.guide == j]}
        wanting = [i for i in wanting if i not in theirs]
        if blocked is None and wanting:  # beyond the best few of each of these learners
            blocked = _blocked(standing, [(i, j) for i in wanting])
        if blocked is None:
            sentence = (
                f"{counted(len(eligible), 'learner')} could meet them, and each has the guides they want."
            )
            found[j] = "learners_placed", sentence, more
        else:
            reason, words = blocked
            found[j] = reason, f"{counted(len(wanting), 'learner')} could still meet them, but {words}.", more
    for j in sorted(idle, key=lambda j: (int(standing.guide_load[j]) > 0, j)):
        yield IdleGuide(
            guide=instance.guide_ids[j],
            organization=instance.organization_ids[int(instance.guide_org[j])],
            places=int(instance.capacity[j]),
            used=int(standing.guide_load[j]),
            **_told(found[j]),
        )


class _Budget:
    """Counts what looking at one person after the other costs."""

    def __init__(self, each: int) -> None:
        self._each = max(1, each)
        self._left = CHECKS

    def take(self) -> bool:
        """Whether one more person can be looked at."""
        self._left -= self._each
        return self._left >= 0


def _by(owner: Index, other: Index) -> dict[int, list[int]]:
    """For each owner its others."""
    out: dict[int, list[int]] = {}
    for one, two in zip(owner.tolist(), other.tolist(), strict=True):
        out.setdefault(one, []).append(two)
    return out


def _blocked(standing: Standing, couples: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """The reason why none of these couples, free on both sides, became a pair, and the limit in words."""
    seen: Counter[str] = Counter()
    first: dict[str, tuple[int, int]] = {}
    for couple in couples:
        code = standing.blocker(*couple)
        if code is None:
            if standing.instance.order == "stable":
                code = "prefers_others"
            else:
                code = "other_limits" if standing.proven else "not_proven"
        seen[code] += 1
        first.setdefault(code, couple)
    code = max(seen, key=lambda c: (seen[c], c))
    return code, standing.limit_words(*first[code], code)


def _uncounted(blocked: tuple[str, str] | None, thing: str) -> Finding:
    """What can be said of somebody whose eligible people were not counted."""
    if blocked is None:
        return "not_counted", f"{rule_sentence('not_counted').capitalize()}.", {}
    free = "Guides with free places" if thing == "guide" else "Learners who want a guide"
    return blocked[0], f"{free} could meet them, but {blocked[1]}.", {}


_PUBLIC = ("no_eligible_guide", "no_eligible_learner", "not_counted", "not_proven")
"""Reasons whose sentences name nobody else."""


def _told(finding: Finding) -> dict[str, Any]:
    """A finding as fields of a row; the public sentence names nobody."""
    reason, sentence, more = finding
    public = sentence if reason in _PUBLIC else f"{rule_sentence(reason).capitalize()}."
    return {"reason": reason, "sentence": sentence, "public_sentence": public, **more}


def _no_eligible(counts: RuleCounts | None, thing: str, total: int) -> Finding:
    """Reason, sentence and counts of somebody whom no one may meet."""
    if counts is None:
        return (
            f"no_eligible_{thing}",
            f"No edge joins them with any of the {counted(total, thing)}.",
            {"eligible": 0},
        )
    taken, alone = counts.taken, counts.alone
    secret = bool(secret_rules() & set(taken))
    head = f"None of the {counted(total, thing)} passes every rule"
    worst = sorted(taken, key=lambda code: (-taken[code], code))

    def told(hide: bool) -> str:
        shown = [code for code in worst if not (hide and code in secret_rules())]
        parts = [f"{code} takes away {taken[code]}" for code in shown[:3]]
        sentence = f"{head}: {', '.join(parts)}." if parts else f"{head}."
        best = [code for code in sorted(alone, key=lambda c: (-alone[c], c)) if code in shown]
        if best:
            sentence += f" Without the rule {best[0]} alone, {counted(alone[best[0]], thing)} would remain."
        elif taken:
            sentence += " No single rule would have to go: at least two stand against each."
        if hide and len(shown) < len(worst):
            sentence += f" Some are {PRIVATE}."
        return sentence

    extra: dict[str, Any] = {
        "rules": taken,
        "alone": alone,
        "eligible": 0,
        "secret": secret,
        "public_sentence": told(True),
    }
    return f"no_eligible_{thing}", told(False), extra
