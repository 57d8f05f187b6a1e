"""What a change makes of an assignment: tiers before and after, turns that move, ledgers of people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from solvers.result import TierValue
from solvers.rota.turns.check.score import burdens, load, taken, tier_values
from solvers.rota.turns.instance import Index, TurnsInstance


@dataclass(frozen=True)
class TierChange:
    """One tier before and after; None where one side does not have it (levels of order full)."""

    name: str
    sense: Literal["max", "min"]
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Ledger:
    """What one person has before and after. load_*: per class that counts them, hundredths of a turn."""

    person: int
    turns_before: int
    turns_after: int
    burden_before: int
    burden_after: int
    load_before: dict[int, int]
    load_after: dict[int, int]


@dataclass(frozen=True)
class Moved:
    """A turn that changes hands; -1: nobody."""

    turn: int
    before: int
    after: int


def tier_changes(
    instance: TurnsInstance, before: Index, after: Index, known: list[TierValue] | None = None
) -> tuple[TierChange, ...]:
    """Every tier of either assignment, in order; levels that only one has come in their place. known: the
    tiers before, where they have been counted already."""
    old = tier_values(instance, before.tolist()) if known is None else known
    new = tier_values(instance, after.tolist())
    values = {tier.name: tier.value for tier in old}, {tier.name: tier.value for tier in new}
    names = {tier.name: tier for tier in (*old, *new)}
    place: dict[str, tuple[int, int]] = {}
    for tiers in (old, new):
        head = -1
        for tier in tiers:
            if not tier.name.startswith("load_at_least_"):
                head = next(k for k, one in enumerate(old) if one.name == tier.name)
                place[tier.name] = (head, 0)
            else:
                place[tier.name] = (head, -int(tier.name.split("_")[3].split(":")[0]) + 2**40)
    return tuple(
        TierChange(name, names[name].sense, values[0].get(name), values[1].get(name))
        for name in sorted(names, key=lambda name: place[name])
    )


def moves(before: Index, after: Index) -> tuple[Moved, ...]:
    """Turns whose person differs."""
    return tuple(
        Moved(t, old, new)
        for t, (old, new) in enumerate(zip(before.tolist(), after.tolist(), strict=True))
        if old != new
    )


def ledgers(
    instance: TurnsInstance, before: Index, after: Index, people: Iterable[int]
) -> tuple[Ledger, ...]:
    """The ledgers of some people, before and after."""
    turns = [taken(instance, one.tolist()) for one in (before, after)]
    borne = [burdens(instance, one.tolist()) for one in (before, after)]
    classes = range(instance.n_classes)

    def of(i: int, at: int) -> dict[int, int]:
        return {c: load(instance, i, c, turns[at][i, c]) for c in classes if instance.counted[i, c]}

    return tuple(
        Ledger(
            i,
            sum(turns[0][i, c] for c in classes),
            sum(turns[1][i, c] for c in classes),
            borne[0][i],
            borne[1][i],
            of(i, 0),
            of(i, 1),
        )
        for i in people
    )
