"""Whether meeting times keep every hard rule of their instance: plain Python, without the solver.

Codes: fixed, closed, start (not a time of the group), slot (not the time of the slot it is said to be in),
stable (a series in several slots), quorum, required, least_percent, two_places. Sessions with a start beyond
the cycle are in no slot, and broken by that.
"""

from __future__ import annotations

from collections import defaultdict

from solvers.faults import Violation
from solvers.rota.times.check.score import attending
from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.solution import Times


def check(instance: TimesInstance, times: Times, slots: Times) -> list[Violation]:
    """Every broken rule; empty when all hold. Fixed sessions are asked for their time, and for nothing else
    but that nobody is in two places with a session that is not fixed."""
    sessions = [group.n_sessions for group in instance.groups]
    if [len(row) for row in times] != sessions or [len(row) for row in slots] != sessions:
        return [Violation("shape", "names times for other sessions than there are")]
    out: list[Violation] = []
    for g, group in enumerate(instance.groups):
        out += _group(instance, instance.group_ids[g], group, times[g], slots[g])
    return out + _two_places(instance, times)


def _group(
    instance: TimesInstance, name: str, group: Group, times: tuple[int, ...], slots: tuple[int, ...]
) -> list[Violation]:
    out: list[Violation] = []

    def broken(code: str, text: str, *ids: str) -> None:
        out.append(Violation(code, f"{name}: {text}", (name, *ids)))

    held, comes = 0, dict.fromkeys(group.members, 0)
    for t, (start, slot) in enumerate(zip(times, slots, strict=True)):
        fixed = group.fixed_at.get(t)
        if fixed is not None and start != fixed:
            broken("fixed", f"session {t} begins at step {start}; it is fixed at {fixed}")
        if t in group.closed and start >= 0:
            broken("closed", f"session {t} takes place, though it is closed")
        if slot >= 0 and (slot >= group.n_slots or group.starts[slot, t] != start):
            broken("slot", f"session {t} is said to be in slot {slot}, which is at another time")
            continue
        if start < 0 or t in group.closed:
            continue
        if fixed is not None:
            if slot < 0 and (group.starts[:, t] == start).any():
                broken("slot", f"session {t} begins at the time of a slot and is said to be in none")
            continue
        if slot < 0:
            broken("start", f"session {t} begins at step {start}, in none of the group's slots")
            continue
        here = set(attending(instance, group, start))
        held += 1
        for i in here:
            comes[i] += 1
        if len(here) < group.quorum:
            broken("quorum", f"{len(here)} can come to session {t}; {group.quorum} are needed")
        for i in sorted(set(group.required) - here):
            who = instance.person_ids[i]
            broken("required", f"{who} cannot come to session {t}", who)
    free = {s for t, s in enumerate(slots) if s >= 0 and times[t] >= 0 and t not in group.fixed_at}
    if not group.rotating and len(free) > 1:
        broken("stable", f"its sessions are in {len(free)} slots, and it may have one")
    for i, count in comes.items():
        if 100 * count < group.least_percent * held and i not in group.spared:
            who = instance.person_ids[i]
            broken("least_percent", f"{who} can come to {count} of {held} sessions", who)
    return out


def _two_places(instance: TimesInstance, times: Times) -> list[Violation]:
    """Members of two sessions at a time, of which one at least is not fixed."""
    busy: dict[int, list[tuple[int, int, int, bool]]] = defaultdict(list)
    for g, group in enumerate(instance.groups):
        for t, start in enumerate(times[g]):
            if start >= 0:
                for i in group.members:
                    busy[i].append((start, start + group.length, g, t in group.fixed_at))
    out = []
    for i, sessions in busy.items():
        running: list[tuple[int, int, bool]] = []
        for start, end, g, fixed in sorted(sessions):
            running = [one for one in running if one[0] > start]
            for _, other, also in running:
                if fixed and also:
                    continue
                who, groups = instance.person_ids[i], (instance.group_ids[other], instance.group_ids[g])
                text = f"{who} would be in {groups[0]} and {groups[1]} at once, at step {start}"
                out.append(Violation("two_places", text, (who, *groups)))
            running.append((end, g, fixed))
    return out
