"""Pairs that a coordinator fixed by hand: what they override, and where they contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.rules import RULE
from matcher.domain.errors import Fault, InputError, PolicyError
from matcher.planning.pairs.running import codes_against
from matcher.planning.words import rule_sentence
from solvers.pairs.edges import Edges, Index

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.domain.program import Program


@dataclass(frozen=True)
class Pins:
    """Forced pairs as numbers, and per pair the codes of the rules it sets aside."""

    pairs: tuple[tuple[int, int], ...]
    overrides: tuple[tuple[str, ...], ...]


def read_pins(candidates: Candidates, program: Program) -> Pins:
    """The program's forced pairs.

    Raises InputError for people who cannot take part, PolicyError for rules that no pin may override.
    """
    left_out = {(member, role): rule for member, role, rule in candidates.left_out}
    pairs: list[tuple[int, int]] = []
    faults: list[Fault] = []
    for position, pin in enumerate(program.pins):
        if pin.must != "pair":
            continue
        i, j = candidates.learner_number.get(pin.learner), candidates.guide_number.get(pin.guide)
        path = f"programs.{program.id}.pins[{position}]"
        if i is None:
            faults.append(Fault(f"{path}.learner", _cannot(pin.learner, "learner", left_out)))
        if j is None:
            faults.append(Fault(f"{path}.guide", _cannot(pin.guide, "guide", left_out)))
        if i is not None and j is not None and (i, j) not in pairs:
            pairs.append((i, j))
    if faults:
        raise InputError(
            "A forced pair names people who cannot take part: remove the pin, or change their profile.",
            faults,
        )
    if not pairs:
        return Pins((), ())
    learners = np.array([i for i, _ in pairs], np.int32)
    guides = np.array([j for _, j in pairs], np.int32)
    overrides: list[tuple[str, ...]] = []
    for (i, j), codes in zip(pairs, codes_against(candidates, learners, guides), strict=True):
        learner, guide = candidates.learner_ids[i], candidates.guide_ids[j]
        if broken := [code for code in codes if not RULE[code].pin_overrides]:
            raise PolicyError(
                "pins",
                f"The forced pair {learner} - {guide} would break a rule that nobody may override "
                f"({', '.join(broken)}: {rule_sentence(broken[0])}): remove the pin.",
            )
        overrides.append(codes)
    return Pins(tuple(pairs), tuple(overrides))


def _cannot(member: str, role: str, left_out: dict[tuple[str, str], str]) -> str:
    rule = left_out.get((member, role))
    return f"{member!r} takes no part as {role}" + (f": {rule_sentence(rule)}" if rule else "")


def clashes(
    candidates: Candidates, pins: Pins, frozen: Edges, need: Index, capacity: Index, both_ways: bool
) -> tuple[str, ...]:
    """One smallest set of forced pairs that cannot all hold, as sentences; empty when there is none.

    `need` and `capacity` are what people take, already raised to what frozen pairs use. Any places + 1 pairs
    of one person clash, and each part of such a set holds, so the set is minimal.
    """
    for side, room, own in (("learner", need, 0), ("guide", capacity, 1)):
        used: dict[int, list[str]] = {}
        columns = (frozen.learner, frozen.guide)
        for pair in zip(*(column.tolist() for column in columns), strict=True):
            used.setdefault(pair[own], []).append(_named(candidates, pair, "running"))
        for pair in pins.pairs:
            person = used.setdefault(pair[own], [])
            sentence = _named(candidates, pair, "forced")
            if _named(candidates, pair, "running") not in person:
                person.append(sentence)
            places = int(room[pair[own]])
            if len(person) > places:
                ids = candidates.learner_ids if own == 0 else candidates.guide_ids
                thing = "guides" if own == 0 else "learners"
                head = (
                    f"{ids[pair[own]]} takes {places} {thing} as {side}, but must have {places + 1} or more."
                )
                return (head, *person[-(places + 1) :])
    if not both_ways:
        frozen_pairs = list(zip(frozen.learner.tolist(), frozen.guide.tolist(), strict=True))
        labelled = {_ids(candidates, pair): "running" for pair in frozen_pairs}
        for pair in pins.pairs:
            learner, guide = _ids(candidates, pair)
            if (guide, learner) in labelled:
                other = f"{labelled[guide, learner]} {guide} - {learner}"
                head = f"{learner} and {guide} would guide each other, which the policy forbids."
                return (head, other, f"forced {learner} - {guide}")
            labelled[learner, guide] = "forced"
    return ()


def _ids(candidates: Candidates, pair: tuple[int, int]) -> tuple[str, str]:
    return candidates.learner_ids[pair[0]], candidates.guide_ids[pair[1]]


def _named(candidates: Candidates, pair: tuple[int, int], how: str) -> str:
    learner, guide = _ids(candidates, pair)
    return f"{how} {learner} - {guide}"
