"""Every other slot of a group: who could come, how unsocial it is, what stands against it, what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from solvers.result import TierValue, sort_key
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import attending, burden_at, tier_values
from solvers.rota.times.explain.state import Obstacle, State
from solvers.rota.times.instance import TimesInstance
from solvers.rota.times.solution import TimesAnswer


@dataclass(frozen=True)
class OtherSlot:
    """What a slot would be for a series, or for one session of a rotating group.

    steps: session -> step of those that have a start in it. attendance: sum of members who could come;
    burden: sum of what they would bear; against: what stands against some of these sessions, all else as it
    is. tiers: what the whole answer would reach, None where something stands against it; a fresh solve may
    find better.
    """

    slot: int
    steps: dict[int, int]
    attendance: int
    burden: int
    against: tuple[Obstacle, ...]
    tiers: tuple[TierValue, ...] | None


def other_slots(state: State, g: int, session: int | None = None) -> list[OtherSlot]:
    """Every slot of a group but the one it has; those that are free first, the best of them foremost.

    session: of a rotating group, the session that is asked about. Raises ValueError for one that is fixed or
    closed, and without it for a rotating group.
    """
    instance, group = state.instance, state.instance.groups[g]
    asked = state.open_sessions(g)
    if group.rotating:
        if session is None or session not in asked:
            raise ValueError(f"{instance.group_ids[g]} rotates: ask about one of its open sessions, {asked}")
        asked = [session]
    elif session is not None:
        raise ValueError(f"{instance.group_ids[g]} has one slot for all sessions: ask without a session")
    whole = {tier.name: tier for tier in tier_values(instance, state.answer.times, state.answer.slots)}
    scene = _Scene(state, g, *state.around(g), state.only([g]), whole)
    own = {state.answer.slots[g][t] for t in asked if state.answer.times[g][t] >= 0}
    out = []
    for slot in range(group.n_slots):
        steps = {t: int(group.starts[slot, t]) for t in asked if group.starts[slot, t] >= 0}
        if slot not in own and steps:
            out.append(_other(scene, slot, asked, steps))
    out.sort(key=lambda one: (one.tiers is None, -one.attendance, one.burden, one.slot))
    free = [one for one in out if one.tiers is not None]
    free.sort(key=lambda one: sort_key(one.tiers or ()), reverse=True)
    return free + [one for one in out if one.tiers is None]


@dataclass(frozen=True)
class _Scene:
    """A group, those it shares people with (it comes first), itself alone, and the tiers of the answer."""

    state: State
    g: int
    near: TimesInstance
    groups: list[int]
    alone: TimesInstance
    whole: dict[str, TierValue]

    def clean(self, answer: TimesAnswer) -> bool:
        """Whether an answer with other times of this group keeps every rule."""
        times, slots = (tuple(rows[h] for h in self.groups) for rows in (answer.times, answer.slots))
        return not check(self.near, times, slots)

    def tiers(self, answer: TimesAnswer) -> tuple[TierValue, ...]:
        """What the whole answer reaches with other times of this group."""
        before, after = (
            {
                tier.name: tier.value or 0
                for tier in tier_values(self.alone, (of.times[self.g],), (of.slots[self.g],))
            }
            for of in (self.state.answer, answer)
        )
        out = []
        for name, sense, value in self.whole.values():
            change = after.get(name, 0) - before.get(name, 0)
            new = after[name] if name == "highest_burden" else (value or 0) + change
            out.append(TierValue(name, sense, new))
        return tuple(out)


def _other(scene: _Scene, slot: int, asked: list[int], steps: dict[int, int]) -> OtherSlot:
    state, g = scene.state, scene.g
    instance, group = state.instance, state.instance.groups[g]
    here = {t: attending(instance, group, step) for t, step in steps.items()}
    burden = sum(burden_at(instance, i, steps[t], group.length) for t, people in here.items() for i in people)
    moved = state.with_sessions(
        g,
        {t: steps.get(t, -1) for t in asked},
        {t: slot if t in steps else -1 for t in asked},
    )
    clean = scene.clean(moved)
    against: set[Obstacle] = set()
    if not clean:
        after = State(instance, moved, of=g)
        for t in steps:
            against |= set(after.obstacles(g, t, slot))
    tiers = scene.tiers(moved) if clean else None
    attendance = sum(len(people) for people in here.values())
    return OtherSlot(slot, steps, attendance, burden, tuple(sorted(against)), tiers)
