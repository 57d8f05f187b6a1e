"""Why a session does not take place, and the smallest changes that would let it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import attending
from solvers.rota.times.explain.state import Obstacle, State

MOST_REPAIRS = 5


@dataclass(frozen=True)
class Repair:
    """A change that lets the session take place in `slot` at `step`, all else as it is: seen to work.

    free: people who would have to be free then. quorum: what it would have to be, None to leave it. spared:
    people whom least_percent would not ask. moving: groups whose session would have to be elsewhere.
    """

    slot: int
    step: int
    free: tuple[int, ...] = ()
    quorum: int | None = None
    spared: tuple[int, ...] = ()
    moving: tuple[int, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """How much it asks: the number of changes, and how many of them are people's time."""
        lowered = self.quorum is not None
        return len(self.free) + len(self.spared) + len(self.moving) + lowered, len(self.free)


@dataclass(frozen=True)
class WhyUnscheduled:
    """slots: how many the session could begin in; counts: at how many of them each rule stands against it;
    conflict: a smallest set of obstacles that leaves no slot: without any one of them there is one. repairs:
    the smallest changes, smallest first."""

    session: int
    slots: int
    counts: dict[str, int]
    conflict: tuple[Obstacle, ...]
    repairs: tuple[Repair, ...]


def why_unscheduled(state: State, g: int, session: int | None = None) -> WhyUnscheduled | None:
    """What stands against a session of a group that does not take place (the first one, unless named); None
    where it takes place, or nothing stands against some slot."""
    missing = [t for t in state.open_sessions(g) if state.answer.times[g][t] < 0]
    if session is None and missing:
        session = missing[0]
    if session is None or session not in missing:
        return None
    starts = state.instance.groups[g].starts[:, session]
    slots = np.flatnonzero(starts >= 0).tolist()
    against = {s: set(state.obstacles(g, session, s)) for s in slots}
    if not all(against.values()):
        return None
    counts = Counter(code for found in against.values() for code in {one.code for one in found})
    trial = _Trial(state, g, session)
    found = sorted((r for s in slots for r in _repairs(trial, s)), key=lambda one: one.size)
    return WhyUnscheduled(
        session,
        len(slots),
        dict(counts.most_common()),
        _smallest(list(against.values())),
        tuple(found[:MOST_REPAIRS]),
    )


def _smallest(against: list[set[Obstacle]]) -> tuple[Obstacle, ...]:
    """Obstacles of which each slot has one, and none of which could be missed."""
    count = Counter(one for found in against for one in found)
    kept = set(count)
    for one in sorted(count, key=lambda one: (count[one], one)):
        if all((kept - {one}) & found for found in against):
            kept.discard(one)
    return tuple(sorted(kept))


class _Trial:
    """Tries repairs of one session, by the check of answers."""

    def __init__(self, state: State, g: int, session: int) -> None:
        self.state, self.g, self.session = state, g, session
        self._near, self._groups = state.around(g)
        self._free = self._near.free.copy()

    def works(self, repair: Repair) -> bool:
        """Whether the session can take place once a repair is made, all else as it is."""
        state, group = self.state, self._near.groups[0]
        span = slice(repair.step, repair.step + group.length)
        people = list(repair.free)
        self._free[people, span] = True
        asked = replace(
            group,
            quorum=group.quorum if repair.quorum is None else repair.quorum,
            spared=tuple(sorted({*group.spared, *repair.spared})),
        )
        changed = replace(self._near, free=self._free, groups=(asked, *self._near.groups[1:]))
        moved = state.with_sessions(self.g, {self.session: repair.step}, {self.session: repair.slot})
        times, slots = ([list(rows[h]) for h in self._groups] for rows in (moved.times, moved.slots))
        for at, h in enumerate(self._groups):
            for t in range(len(times[at])) if h in repair.moving else ():
                own = (h, t) == (self.g, self.session)
                if not own and not _beside(state, self.g, h, t, repair.step):
                    times[at][t] = slots[at][t] = -1
        broken = check(changed, tuple(map(tuple, times)), tuple(map(tuple, slots)))
        self._free[people, span] = self._near.free[people, span]
        return not broken


def _repairs(trial: _Trial, slot: int) -> Iterator[Repair]:
    """Changes that open this slot, each tried."""
    state, g, session = trial.state, trial.g, trial.session
    instance, group = state.instance, state.instance.groups[g]
    step = int(group.starts[slot, session])
    here = set(attending(instance, group, step))
    against = state.obstacles(g, session, slot)
    if any(one.code == "stable" for one in against):
        return
    moving = tuple(sorted({one.group for one in against if one.code == "two_places"}))
    wanted = {i for i in group.required if i not in here}
    lacking = group.quorum - len(here | wanted)
    others = sorted(set(group.members) - here - wanted)
    ways: list[tuple[tuple[int, ...], int | None]] = []
    if lacking > 0:
        ways.append((tuple(sorted(wanted)), len(here | wanted)))
        more = next(iter(combinations(others, lacking)), None)
        if more is not None:
            ways.append((tuple(sorted(wanted | set(more))), None))
    else:
        ways.append((tuple(sorted(wanted)), None))
    for free, quorum in ways:
        short = tuple(one.person for one in against if one.code == "least_percent" and one.person not in free)
        repair = Repair(slot, step, free, quorum, short, moving)
        if trial.works(repair):
            yield repair


def _beside(state: State, g: int, h: int, t: int, step: int) -> bool:
    """Whether session t of group h is no obstacle to a session of g at this step."""
    groups, other = state.instance.groups, state.answer.times[h][t]
    apart = other >= step + groups[g].length or step >= other + groups[h].length
    return other < 0 or apart or not set(groups[g].members) & set(groups[h].members)
