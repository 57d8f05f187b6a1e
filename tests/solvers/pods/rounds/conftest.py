"""Small rounds instances: everybody comes to everything, from an organization of their own, but for what a
test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from solvers.limits import Limits
from solvers.pods.rounds.check.score import tier_values
from solvers.pods.rounds.instance import Met, Round, RoundsInstance
from solvers.pods.rounds.sizes import bounds_of
from solvers.pods.rounds.solution import RoundsAnswer
from solvers.pods.rounds.solve import solve
from solvers.result import sort_key


def rounds_instance(
    people: int,
    size: int,
    rounds: int,
    organizations: Sequence[int] | None = None,
    absent: Iterable[tuple[int, int]] = (),
    met: Iterable[tuple[int, int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
    competitors: Iterable[tuple[int, int]] = (),
    speaks: Sequence[str] = (),
    **more: Any,
) -> RoundsInstance:
    """People p0, p1, ...; `absent` are (person, round), `met` (person, person, weight), `speaks` a letter for
    each language of a person."""
    home = np.array(range(people) if organizations is None else organizations, np.int32)
    comes = np.ones((people, rounds), bool)
    for i, number in absent:
        comes[i, number] = False
    history = np.array(list(met), np.int32).reshape(-1, 3)
    least, most = bounds_of(size)
    tongues = sorted(set("".join(speaks)))
    if tongues:
        known = np.array([[one in spoken for one in tongues] for spoken in speaks], bool)
        more |= {"language_ids": tongues, "speaks": known}
    fields: dict[str, Any] = {"size": size, "least": least, "most": most, **more}
    return RoundsInstance(
        person_ids=[f"p{i}" for i in range(people)],
        organization_ids=[f"o{k}" for k in range(int(home.max(initial=-1)) + 1)],
        organization=home,
        attendance=comes,
        met=Met(history[:, 0], history[:, 1], history[:, 2]),
        apart=np.array(list(apart), np.int32).reshape(-1, 2),
        competitors=np.array(list(competitors), np.int32).reshape(-1, 2),
        **fields,
    )


def solved(instance: RoundsInstance, seconds: float = 5.0, seed: int = 1) -> RoundsAnswer:
    """The audited answer."""
    return solve(instance, Limits(seconds=seconds, seed=seed))


def values(answer: RoundsAnswer) -> dict[str, int | None]:
    """Tier values by name."""
    return {tier.name: tier.value for tier in answer.tiers}


def partitions(people: Sequence[int], least: int, most: int) -> Iterable[Round]:
    """Every way to seat some of the people in groups of allowed sizes; nobody has to have a seat."""
    if not people:
        yield ()
        return
    first, rest = people[0], people[1:]
    for others in partitions(rest, least, most):
        yield others
    for size in range(least, most + 1):
        for mates in combinations(rest, size - 1):
            left = [i for i in rest if i not in mates]
            for others in partitions(left, least, most):
                yield ((first, *mates), *others)


def best_of_all(instance: RoundsInstance, allowed: Callable[[tuple[Round, ...]], bool]) -> Any:
    """The best key over every list of rounds, by trying all; for two rounds of few people."""
    rows: list[tuple[Round, ...]] = [instance.held]
    for number in instance.open_rounds:
        coming = np.flatnonzero(instance.attendance[:, number]).tolist()
        choices = list(partitions(coming, instance.least, instance.most))
        rows = [(*row, choice) for row in rows for choice in choices]
    return max(sort_key(tier_values(instance, row)) for row in rows if allowed(row))


@pytest.fixture(scope="session")
def rounds() -> SimpleNamespace:
    """The builders above, by name; kernels are compiled before any time limit counts."""
    solved(rounds_instance(15, 3, 7), seconds=300)
    names: dict[str, Callable[..., Any]] = {
        "instance": rounds_instance,
        "solved": solved,
        "values": values,
        "best_of_all": best_of_all,
    }
    return SimpleNamespace(**names)
