"""What becomes of pairs that run: protected, or ended with the reason why they cannot go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.rules import CODES
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member
from matcher.domain.plan import PairChange, PairsPlan
from matcher.planning.words import rule_sentence
from solvers.pairs.edges import Index

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.domain.policy import Kind

Pair = tuple[str, str]


class Watch:
    """Passes a stream of people on, and remembers the running pairs and the wishes in it."""

    def __init__(self, people: Iterable[Member | EndedPair | RunningPair]) -> None:
        self._people = people
        self.running: list[RunningPair] = []
        self.prefers: dict[str, tuple[str, ...]] = {}

    def __iter__(self) -> Iterator[Member | EndedPair | RunningPair]:
        for record in self._people:
            if isinstance(record, RunningPair):
                self.running.append(record)
            elif isinstance(record, Member) and record.prefers:
                self.prefers[record.id] = record.prefers
            yield record


@dataclass(frozen=True)
class Running:
    """The running pairs of one kind, sorted out.

    protected: (learner number, guide number), the ones worth keeping. ended: those that cannot go on.
    other_hours: hours a month that running pairs of other kinds take from each member.
    """

    protected: tuple[tuple[int, int], ...]
    ended: tuple[PairChange, ...]
    other_hours: dict[str, int]


@dataclass(frozen=True)
class Before:
    """What a plan before says beside the document: pairs that run now, and pairs that it broke.

    `broken` None: every running pair of the document that is not in `pairs`.
    """

    pairs: tuple[Pair, ...] = ()
    broken: frozenset[Pair] | None = frozenset()

    @classmethod
    def of(cls, plan: PairsPlan) -> Before:
        """As a previous plan has it."""
        gone = (*plan.changes.dropped, *plan.changes.ended)
        return cls(
            tuple((pair.learner, pair.guide) for pair in plan.pairs),
            frozenset((change.learner, change.guide) for change in gone),
        )


def pairs_before(kind: Kind, running: Iterable[RunningPair], before: Before) -> dict[Pair, bool]:
    """Pairs of this kind that run by the document or the plan before; True where a rematch was asked."""
    found: dict[Pair, bool] = {}
    for one in running:
        pair = (one.learner, one.guide)
        broken = before.broken is None or pair in before.broken
        if one.kind is kind and (pair in before.pairs or not broken):
            found[pair] = one.rematch
    for pair in before.pairs:
        found.setdefault(pair, False)
    return found


def codes_against(candidates: Candidates, learners: Index, guides: Index) -> list[tuple[str, ...]]:
    """Codes of the rules against each of the given pairs, in the order of `RULES`."""
    masks = candidates.failed(learners, guides).tolist()
    return [tuple(code for bit, code in enumerate(CODES) if mask >> bit & 1) for mask in masks]


def sort_out(candidates: Candidates, running: Iterable[RunningPair], before: Before) -> Running:
    """Tell running pairs that go on from those that cannot (see the module)."""
    running = list(running)
    kind, policy = candidates.kind, candidates.policy
    other_hours: dict[str, int] = {}
    for other in running:
        if other.kind is not kind and not other.rematch:
            other_hours[other.learner] = other_hours.get(other.learner, 0) + policy.learner_hours
            other_hours[other.guide] = other_hours.get(other.guide, 0) + policy.guide_hours
    left_out = {(member, role): rule for member, role, rule in candidates.left_out}
    ended: list[PairChange] = []
    open_: list[tuple[int, int]] = []
    for (learner, guide), rematch in pairs_before(kind, running, before).items():
        if rematch:
            ended.append(
                PairChange(
                    learner=learner,
                    guide=guide,
                    reason="rematch",
                    sentence="One of the two asked for another match.",
                )
            )
            continue
        i = candidates.learner_number.get(learner)
        j = candidates.guide_number.get(guide)
        if i is None or j is None:
            member, role = (learner, "learner") if i is None else (guide, "guide")
            rule = left_out.get((member, role), "role")
            sentence = f"{member} takes no part as {role}: {rule_sentence(rule)}"
            ended.append(PairChange(learner=learner, guide=guide, reason=rule, sentence=sentence))
            continue
        open_.append((i, j))
    protected: list[tuple[int, int]] = []
    if open_:
        learners = np.array([i for i, _ in open_], np.int32)
        guides = np.array([j for _, j in open_], np.int32)
        for (i, j), codes in zip(open_, codes_against(candidates, learners, guides), strict=True):
            if codes:
                sentence = f"They may no longer meet: {rule_sentence(codes[0])}"
                pair = candidates.learner_ids[i], candidates.guide_ids[j]
                ended.append(PairChange(learner=pair[0], guide=pair[1], reason=codes[0], sentence=sentence))
            else:
                protected.append((i, j))
    if not policy.both_ways:
        protected, twice = _one_way(candidates, protected)
        ended.extend(twice)
    return Running(tuple(protected), tuple(ended), other_hours)


def _one_way(
    candidates: Candidates, protected: list[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[PairChange]]:
    """Where two people guide each other and the policy forbids it, the pair listed later ends."""
    going: set[Pair] = set()
    stay: list[tuple[int, int]] = []
    ended: list[PairChange] = []
    for i, j in protected:
        learner, guide = candidates.learner_ids[i], candidates.guide_ids[j]
        if (guide, learner) in going:
            sentence = "The two guide each other; the policy lets only one of the two pairs go on."
            ended.append(PairChange(learner=learner, guide=guide, reason="both_ways", sentence=sentence))
        else:
            going.add((learner, guide))
            stay.append((i, j))
    return stay, ended
