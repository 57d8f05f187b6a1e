"""Every hard rule of a rounds instance, re-checked without the solver. Nothing unaudited leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from solvers.faults import Violation
from solvers.pods.rounds.check.keeping import going_on, worth_keeping
from solvers.pods.rounds.instance import Group, Round, RoundsInstance

Rule = Callable[[RoundsInstance, Sequence[Round]], Iterator[Violation]]


def check(instance: RoundsInstance, rounds: Sequence[Round]) -> list[Violation]:
    """Every broken hard rule, in the order of `RULES`; empty when the answer is clean."""
    unknown = list(known_people(instance, rounds))
    if unknown:  # the other rules look people up
        return unknown
    return [violation for rule in RULES for violation in rule(instance, rounds)]


def known_people(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """There are as many rounds as asked for, made of people of the instance."""
    if len(rounds) != instance.n_rounds:
        yield Violation("rounds", f"There are {len(rounds)} rounds, not {instance.n_rounds}.")
    for number, groups in enumerate(rounds):
        for i in (i for group in groups for i in group):
            if not 0 <= i < instance.n_people:
                yield Violation("unknown", f"Round {number + 1} seats {i}, who does not exist.")


def once(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """Nobody sits in two groups of a round."""
    for number, groups in enumerate(rounds):
        for i, count in Counter(i for group in groups for i in group).items():
            if count > 1:
                name = instance.person_ids[i]
                yield Violation("twice", f"{name} is seated {count} times in round {number + 1}.", (name,))


def attends(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """Only people who come to a round have a group in it."""
    for number, group in _open(instance, rounds):
        for i in group:
            if not instance.attendance[i, number]:
                name = instance.person_ids[i]
                yield Violation("attendance", f"{name} does not come to round {number + 1}.", (name,))


def sizes(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """Every group has an allowed size."""
    for number, group in _open(instance, rounds):
        if not instance.least <= len(group) <= instance.most:
            told = f"Round {number + 1} has a group of {len(group)}; {instance.least}-{instance.most} may be."
            yield Violation("size", told, tuple(instance.person_ids[i] for i in group))


def kept_apart(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """Nobody meets somebody they are kept apart from."""
    apart = {(min(i, j), max(i, j)) for i, j in instance.apart.tolist()}
    for number, group in _open(instance, rounds):
        for pair in combinations(sorted(group), 2):
            if pair in apart:
                yield _about(instance, "apart", pair, number, "must be kept apart")


def competitors(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """People of competitors never meet."""
    rivals = {tuple(sorted(pair)) for pair in instance.competitors.tolist()}
    organization = instance.organization.tolist()
    for number, group in _open(instance, rounds):
        for i, j in combinations(sorted(group), 2):
            if tuple(sorted((organization[i], organization[j]))) in rivals:
                yield _about(instance, "competitors", (i, j), number, "come from competitors")


def shares(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """No group has more people of one organization than allowed."""
    if instance.most_of_one is None:
        return
    for number, group in _open(instance, rounds):
        for k, count in Counter(int(instance.organization[i]) for i in group).items():
            if count > instance.most_of_one:
                told = f"{count} people of {instance.organization_ids[k]} share a group of round {number + 1}"
                names = tuple(instance.person_ids[i] for i in group)
                yield Violation("most_of_one", f"{told}; {instance.most_of_one} may.", names)


def common_language(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """All people of a group speak one language."""
    for number, group in _open(instance, rounds):
        if not instance.understands(group):
            names = tuple(instance.person_ids[i] for i in group)
            told = f"{', '.join(names)} share a group of round {number + 1}, and no language."
            yield Violation("language", told, names)


def held_as_they_were(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """Rounds that took place are as they were."""
    for number, groups in enumerate(instance.held):
        if {frozenset(group) for group in groups} != {frozenset(group) for group in rounds[number]}:
            yield Violation("held", f"Round {number + 1} took place already, and is not as it was.")


def joined_by_pins(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """Whom pins join shares a group, or has none."""
    for number, i, j in instance.together:
        at = {one: g for g, group in enumerate(rounds[number]) for one in group}
        if at.get(i) != at.get(j):
            yield _about(instance, "together", (i, j), number, "must share one", "do not share")


def frozen_groups(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[Violation]:
    """Where groups are frozen, those that can go on do."""
    for number in instance.open_rounds if instance.frozen else ():
        rests = worth_keeping(instance, number)
        for rest, place in zip(rests, going_on(rests, rounds[number]), strict=True):
            if place is None:
                names = tuple(instance.person_ids[i] for i in rest)
                told = f"{', '.join(names)} were to go on in round {number + 1}, and do not."
                yield Violation("frozen", told, names)


RULES: tuple[Rule, ...] = (
    once,
    attends,
    sizes,
    kept_apart,
    competitors,
    shares,
    common_language,
    held_as_they_were,
    joined_by_pins,
    frozen_groups,
)


def _open(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[tuple[int, Group]]:
    return ((number, group) for number in instance.open_rounds for group in rounds[number])


def _about(
    instance: RoundsInstance,
    code: str,
    pair: tuple[int, int],
    number: int,
    what: str,
    share: str = "share",
) -> Violation:
    one, other = (instance.person_ids[i] for i in pair)
    told = f"{one} and {other} {share} a group of round {number + 1}; they {what}."
    return Violation(code, told, (one, other))
