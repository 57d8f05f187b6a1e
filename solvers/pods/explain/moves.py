"""Every other seat of one member, at once: where they could go, with whom they could swap, and what it costs.

An option changes two pods at most and leaves every other seat as it is; its tiers are exact for that. A
fresh solve around it may find better: `explain.forcing` does one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from solvers.pods.explain.state import Changed, State
from solvers.result import TierValue, sort_key

Kind = Literal["join", "move", "swap", "replace", "leave"]


@dataclass(frozen=True)
class Option:
    """One thing that the member could do instead.

    kind: "join" one pod more, "move" from pod `source` to `target`, "swap" those with member `other`,
    "replace" `other`, who then has that seat no more, or "leave" `source`.
    Numbers are -1 where they say nothing. tiers: what the whole answer then reaches.
    new_slot: pods that would meet at another time.
    """

    kind: Kind
    source: int
    target: int
    other: int
    tiers: tuple[TierValue, ...]
    new_slot: tuple[int, ...] = ()


@dataclass(frozen=True)
class Moves:
    """All options of a member, the best first, and per pod that no option reaches the code of a rule in the
    way of joining it."""

    member: int
    options: tuple[Option, ...]
    barred: dict[int, str]


def moves_of(state: State, member: int) -> Moves:
    """Every option of one member: seats pinned to them stay, and so do those of others."""
    own = state.pods_of.get(member, [])
    free = [p for p in own if (member, p) not in state.pins]
    room = len(own) < state.instance.room[member]
    options: list[Option] = []
    barred: dict[int, str] = {}
    for q in range(state.instance.n_pods):
        if q in own:
            continue
        if not state.instance.eligible[member, q]:
            barred[q] = "not_eligible"
            continue
        if not room and not free:
            barred[q] = "pinned"
            continue
        found = list(_to(state, member, q, [*([-1] if room else []), *free]))
        reached = [one for one in found if isinstance(one, Option)]
        options += reached
        if not reached:
            barred[q] = next((one for one in found if isinstance(one, str)), "not_eligible")
    for p in free:
        left = state.changed({p: _without(state.members[p], member)})
        if isinstance(left, Changed):
            options.append(_option(state, "leave", p, -1, -1, left))
    options.sort(key=lambda one: (one.kind, one.source, one.target, one.other))
    options.sort(key=lambda one: sort_key(one.tiers), reverse=True)
    return Moves(member, tuple(options), barred)


def best_into(state: State, i: int, q: int) -> Changed | None:
    """The best way of member i into pod q that changes two pods at most; None without one."""
    ways = _ways(state, i, q, [-1, *(p for p in state.pods_of.get(i, ()) if (i, p) not in state.pins)])
    found = (change for *_, change in ways if isinstance(change, Changed))
    return max(found, key=lambda change: sort_key(change.tiers), default=None)


def best_out(state: State, i: int, p: int) -> Changed | None:
    """The best way of member i out of pod p that changes two pods at most; None without one."""
    others = [q for q in np.flatnonzero(state.instance.eligible[i]).tolist() if not state.has_seat(i, q)]
    found = [change for q in others for *_, change in _ways(state, i, q, [p])]
    found.append(state.changed({p: _without(state.members[p], i)}))
    clean = (change for change in found if isinstance(change, Changed))
    return max(clean, key=lambda change: sort_key(change.tiers), default=None)


def _to(state: State, i: int, q: int, sources: Sequence[int]) -> Iterator[Option | str]:
    """Ways of member i into pod q, from each source (-1: beside what they have), as options; or what is in
    the way."""
    for kind, p, j, change in _ways(state, i, q, sources):
        if isinstance(change, Changed):
            yield _option(state, kind, p, q, j, change)
        elif j < 0:
            yield change


def _ways(
    state: State, i: int, q: int, sources: Sequence[int]
) -> Iterator[tuple[Kind, int, int, Changed | str]]:
    """Kind, source, the other member and what becomes of it, for each way of member i into pod q."""
    inside = state.members[q]
    for p in sources:
        here = {} if p < 0 else {p: _without(state.members[p], i)}
        yield "join" if p < 0 else "move", p, -1, state.changed({**here, q: [*inside, i]})
        for j in _partners(state, i, p, q):
            there = [*_without(inside, j), i]
            if p >= 0:
                yield "swap", p, j, state.changed({p: [*here[p], j], q: there})
            else:
                yield "replace", -1, j, state.changed({q: there})


def _partners(state: State, i: int, p: int, q: int) -> list[int]:
    """Members of pod q who may give up their seat for i, and take the one in p where there is one."""
    instance = state.instance
    out = [j for j in state.members[q] if (j, q) not in state.pins]
    if p >= 0:
        out = [j for j in out if instance.eligible[j, p] and not state.has_seat(j, p)]
        rhythm = instance.pods[p].rhythm
        if rhythm >= 0 and out:
            stay = [k for k in state.members[p] if k != i and (k, p) not in state.pins]
            half = instance.rhythms[rhythm].half
            fits = (half[out] & half[stay].all(0)).any(1)
            out = [j for j, fine in zip(out, np.atleast_1d(fits).tolist(), strict=True) if fine]
    return out


def _option(
    state: State,
    kind: Kind,
    source: int,
    target: int,
    other: int,
    change: Changed,
) -> Option:
    moved = tuple(p for p, s in change.slot.items() if s >= 0 and 0 <= state.slot[p] != s)
    return Option(kind, source, target, other, change.tiers, moved)


def _without(members: Sequence[int], i: int) -> list[int]:
    return [k for k in members if k != i]
