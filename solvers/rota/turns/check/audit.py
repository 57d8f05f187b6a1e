"""Whether an assignment of turns keeps every hard rule of its instance: plain Python, without the solver.

Codes: pinned, open (a turn that has to stay open), not_eligible, twice (two turns of one session), most,
hours, organization_most, same_organization (lead and co-facilitator), changes (more than `most_broken`), and
the codes of hard windows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from solvers.faults import Violation
from solvers.rota.turns.instance import Role, TurnsInstance


def check(instance: TurnsInstance, person: Sequence[int]) -> list[Violation]:
    """Every broken rule; empty when all hold. `person`: per turn who takes it, -1 for nobody."""
    if len(person) != instance.n_turns or not all(-1 <= i < instance.n_people for i in person):
        return [Violation("shape", f"names people for {len(person)} turns; there are {instance.n_turns}")]
    out = _pins(instance, person)
    pinned = set(instance.pinned.rows())
    turns_of: dict[int, list[int]] = defaultdict(list)
    for t, i in enumerate(person):
        if i < 0:
            continue
        turns_of[i].append(t)
        if (t, i) not in pinned and instance.choices.entry(t, i) < 0:
            out.append(_of(instance, "not_eligible", "may not take {turn}", i, t))
    for i, turns in turns_of.items():
        name = instance.person_ids[i]
        for session, times in Counter(int(instance.session[t]) for t in turns).items():
            if times > 1:
                both = [t for t in turns if instance.session[t] == session]
                out.append(_of(instance, "twice", "takes two turns of one session: {turn}", i, both[1]))
        if len(turns) > instance.room[i]:
            few = f"{name} takes {len(turns)} turns; {int(instance.room[i])} is the most"
            out.append(Violation("most", few, (name,)))
        hours = sum(instance.hours_for(t, i) for t in turns)
        if hours > instance.hours_left[i]:
            few = f"{name} facilitates {hours} hours; {int(instance.hours_left[i])} is the most"
            out.append(Violation("hours", few, (name,)))
    return out + _windows(instance, person) + _organizations(instance, person) + _changes(instance, person)


def _pins(instance: TurnsInstance, person: Sequence[int]) -> list[Violation]:
    out = [
        _of(instance, "pinned", "is pinned to {turn}, which somebody else takes or nobody", i, t)
        for t, i in instance.pinned.rows()
        if person[t] != i
    ]
    for t in instance.open_turns.tolist():
        if person[t] >= 0:
            out.append(_of(instance, "open", "takes {turn}, which has to stay open", person[t], t))
    return out


def _windows(instance: TurnsInstance, person: Sequence[int]) -> list[Violation]:
    windows, out = instance.windows, []
    for w in range(len(windows)):
        if windows.cost[w]:
            continue
        turns = windows.turns(w).tolist()
        for i, times in Counter(person[t] for t in turns if person[t] >= 0).items():
            room = instance.window_room(w, i)
            if times > room:
                inside = tuple(instance.turn_ids[t] for t in turns if person[t] == i)
                code = windows.codes[int(windows.code[w])]
                name = instance.person_ids[i]
                few = f"{name} takes {times} turns of which {room} are allowed: {', '.join(inside)}"
                out.append(Violation(code, few, (name, *inside)))
    return out


def _organizations(instance: TurnsInstance, person: Sequence[int]) -> list[Violation]:
    out = []
    held = Counter(int(instance.organization[i]) for i in person if i >= 0)
    for o, times in sorted(held.items()):
        most = int(instance.organization_room[o])
        if 0 <= most < times:
            name = instance.organization_ids[o]
            few = f"the people of {name} take {times} turns; {most} is the most"
            out.append(Violation("organization_most", few, (name,)))
    if not instance.mixed:
        return out
    pinned = dict(instance.pinned.rows())
    together: dict[int, list[int]] = defaultdict(list)
    for t, i in enumerate(person):
        if i >= 0 and instance.role[t] != Role.SHADOW:
            together[int(instance.session[t])].append(t)
    for turns in together.values():
        for at, one in enumerate(turns):
            for other in turns[at + 1 :]:
                same = instance.organization[person[one]] == instance.organization[person[other]]
                if same and not (one in pinned and other in pinned):
                    names = tuple(instance.person_ids[person[t]] for t in (one, other))
                    few = f"{names[0]} and {names[1]} of one organization facilitate a session together"
                    out.append(Violation("same_organization", few, names))
    return out


def _changes(instance: TurnsInstance, person: Sequence[int]) -> list[Violation]:
    broken = sum(person[t] != i for t, i in instance.previous.rows())
    if instance.most_broken is None or broken <= instance.most_broken:
        return []
    return [Violation("changes", f"{broken} turns change; {instance.most_broken} is the most")]


def _of(instance: TurnsInstance, code: str, text: str, i: int, t: int) -> Violation:
    name, turn = instance.person_ids[i], instance.turn_ids[t]
    return Violation(code, f"{name} {text.format(turn=turn)}", (name, turn))
