"""A rota taken up to be asked: its document as numbers, and what a change of hands does to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from matcher.documents.read import NetworkSource
from matcher.domain.errors import PeerloomError, UnknownIdError
from matcher.domain.explanation import Effect, TierEffect, TurnMove
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.files import read_rota
from matcher.planning.rota.history import TurnPlace
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.plan import Asked as Given
from matcher.planning.rota.plan import prepared_for
from matcher.planning.rota.proof import TURNS
from matcher.planning.rota.standing import Standing, fitting
from matcher.planning.rota.turns import Turns, turns_of
from matcher.planning.words import tier_words
from solvers.result import TierValue
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank, tier_values


class Clash(PeerloomError):
    """A change that cannot hold; the sentence names the rule in the way."""


@dataclass(frozen=True)
class Asked:
    """A plan with the numbers it came from. person: of each turn, the row of who takes it, -1 for nobody."""

    source: NetworkSource
    plan: RotaPlan
    given: Given
    prepared: Prepared
    standing: Standing
    turns: Turns
    person: tuple[int, ...]

    @cached_property
    def number(self) -> dict[TurnPlace, int]:
        """Turn by its place."""
        return {place: k for k, place in enumerate(self.turns.places)}

    @cached_property
    def tiers(self) -> list[TierValue]:
        """The tiers of turns as they stand."""
        return tier_values(self.turns.instance, self.person)

    def turn(self, key: Sequence[str], index: int, role: str, number: int = 0) -> int:
        """A turn by group, session and role. Raises UnknownIdError."""
        for k, (name, t, what, n) in enumerate(self.turns.places):
            group = self.prepared.context.group[name]
            if (group.key, group.index(t), what, n) == (tuple(key), index, role, number):
                return k
        raise UnknownIdError("turn", f"{' + '.join(key)} {index} {role} {number}")

    def row(self, member: str) -> int:
        """Somebody's row. Raises UnknownIdError."""
        if member not in self.prepared.row:
            raise UnknownIdError("member", member)
        return self.prepared.row[member]

    @property
    def near(self) -> list[int]:
        """The turns of the frozen days."""
        return [k for place, k in self.number.items() if place[:2] in self.prepared.history.near]

    def released(self, turns: Iterable[int]) -> Asked:
        """The same, with these turns free to change hands: neither frozen nor held to what was announced.
        People agree on that; the limit on changes is one on re-plans."""
        given = [self.turns.places[k] for k in {*self.turns.handed, *turns}]
        found = turns_of(self.prepared, self.standing.times, given)
        return replace(self, turns=replace(found, instance=replace(found.instance, most_broken=None)))

    def after(self, changes: Mapping[int, int]) -> list[int]:
        """Who takes each turn when some change hands."""
        person = list(self.person)
        for turn, i in changes.items():
            person[turn] = i
        return person

    def objections(self, person: Sequence[int]) -> list[str]:
        """The rules that a change of hands breaks, in sentences."""
        return [one.message for one in check(self.turns.instance, person)]

    def allows(self, person: Sequence[int]) -> bool:
        """Whether every rule holds."""
        return not check(self.turns.instance, person)

    def rank(self, person: Sequence[int]) -> tuple[object, ...]:
        """For sorting: smaller is better, tier by tier."""
        return tuple(rank(self.turns.instance, person))

    def effect(self, person: Sequence[int]) -> Effect:
        """What a change of hands does to the plan, everything else as it is."""
        tiers = _effects(self.tiers, tier_values(self.turns.instance, person))
        moves = []
        for turn, (old, new) in enumerate(zip(self.person, person, strict=True)):
            for i, change in ((old, "ends"), (new, "starts")):
                if old != new and i >= 0:
                    moves.append(self._move(turn, i, change))
        changed = [one for one in tiers if one.before != one.after]
        told = "; ".join(f"{one.words}: {_number(one.before)} to {_number(one.after)}" for one in changed)
        sentence = f"{told[0].upper()}{told[1:]}." if told else "The plan stays as good as it is."
        return Effect(
            possible=True, exact=False, local=True, tiers=tuple(tiers), moves=tuple(moves), sentence=sentence
        )

    def _move(self, turn: int, i: int, change: str) -> TurnMove:
        name, t, role, _ = self.turns.places[turn]
        group = self.prepared.context.group[name]
        member = self.prepared.people[i].id
        return TurnMove.model_validate(
            {"member": member, "key": group.key, "index": group.index(t), "role": role, "change": change}
        )


def _effects(before: Sequence[TierValue], after: Sequence[TierValue]) -> list[TierEffect]:
    old, new = ({one.name: one for one in side} for side in (before, after))
    out = []
    for name in dict.fromkeys((*old, *new)):
        one = old.get(name) or new[name]
        a, b = (side[name].value if name in side else 0 for side in (old, new))
        gain = None if a is None or b is None else (b - a if one.sense == "max" else a - b)
        words = tier_words(TURNS + name)
        out.append(TierEffect(tier=TURNS + name, words=words, sense=one.sense, before=a, after=b, gain=gain))
    return out


def _number(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def take_up(source: NetworkSource, plan: RotaPlan, given: Given) -> Asked:
    """A plan that can be asked. Raises InputError where it does not fit its document."""
    fairness = None if plan.fairness == "cost" else plan.fairness
    given = replace(given, mode=plan.mode, fairness=fairness, as_of=plan.as_of)
    prepared = prepared_for(source, plan.program, given)
    standing, turns, person = fitting(prepared, plan)
    return Asked(source, plan, given, prepared, standing, turns, tuple(person))


def read_asked(path: Path, source: NetworkSource, given: Given) -> Asked:
    """A plan in a file that can be asked. Errors as in `take_up`."""
    plan, _ = read_rota(path)
    return take_up(source, plan, given)
