"""Turns instances and answers back to JSON (the keys of an instance are in `loading`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solvers.rota.turns.check.score import burdens, load, taken
from solvers.rota.turns.instance import Held, Order, Role, TurnsInstance
from solvers.rota.turns.solution import TurnsAnswer


def instance_to_dict(instance: TurnsInstance) -> dict[str, Any]:
    """The JSON object of an instance; `load_instance` gives the same instance back, field by field. Sessions
    are numbers there, and times are the choices and windows that they led to."""
    inst, turns, people = instance, instance.turn_ids, instance.person_ids
    windows, choices = inst.windows, inst.choices
    prices = inst.spread_cost.tolist() if inst.order is Order.COST else [0] * inst.n_classes

    def held(rows: Held) -> list[list[str]]:
        return [[turns[t], people[i]] for t, i in rows.rows()]

    return {
        "people": [
            {
                "id": name,
                "organization": inst.organization_ids[inst.organization[i]],
                "most": int(inst.most[i]),
                "hours": int(inst.budget[i]),
                "capacity": int(inst.capacity[i]),
                "carried": _given(inst.class_ids, inst.carried[i].tolist()),
                "carried_burden": int(inst.carried_burden[i]),
                "wanted": _given([role.name.lower() for role in Role], inst.wanted[i].tolist()),
            }
            for i, name in enumerate(people)
        ],
        "turns": [
            {
                "id": name,
                "session": str(inst.session[t]),
                "role": Role(int(inst.role[t])).name.lower(),
                "hours": int(inst.hours[t]),
                "class": inst.class_ids[inst.class_of[t]],
            }
            for t, name in enumerate(turns)
        ],
        "choices": [
            [turns[t], people[i], burden, preference]
            for t, i, burden, preference in zip(
                choices.turn.tolist(),
                choices.person.tolist(),
                choices.burden.tolist(),
                choices.preference.tolist(),
                strict=True,
            )
        ],
        "attending": [[str(session), people[i], hours] for session, i, hours in inst.attending.rows()],
        "windows": [
            {
                "rule": windows.codes[windows.code[w]],
                "turns": [turns[t] for t in windows.turns(w).tolist()],
                "most": int(windows.most[w]),
                "cost": int(windows.cost[w]),
            }
            for w in range(len(windows))
        ],
        "organizations": [
            {
                "id": name,
                "most": None if inst.organization_most[o] < 0 else int(inst.organization_most[o]),
                "share": int(inst.organization_share[o]),
            }
            for o, name in enumerate(inst.organization_ids)
        ],
        "classes": [
            {"id": name, "spread_cost": price} for name, price in zip(inst.class_ids, prices, strict=True)
        ],
        "pinned": held(inst.pinned),
        "open": [turns[t] for t in inst.open_turns.tolist()],
        "previous": held(inst.previous),
        "order": inst.order.value,
        "changes": inst.changes,
        "most_broken": inst.most_broken,
        "mixed": inst.mixed,
    }


def _given(names: Sequence[str], values: list[int]) -> dict[str, int]:
    return {name: value for name, value in zip(names, values, strict=True) if value}


def answer_to_dict(instance: TurnsInstance, answer: TurnsAnswer) -> dict[str, Any]:
    """The JSON object of an answer: status, tiers with bounds, who takes which turn, what each person has."""
    person = answer.person.tolist()
    old = dict(instance.previous.rows())
    pinned = dict(instance.pinned.rows())
    rows: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    if answer.tiers:
        for t, i in enumerate(person):
            rows.append(
                {
                    "turn": instance.turn_ids[t],
                    "person": instance.person_ids[i] if i >= 0 else None,
                    "kept": t in old and old[t] == i,
                    "pinned": t in pinned,
                }
            )
        count, borne = taken(instance, person), burdens(instance, person)
        for i, name in enumerate(instance.person_ids):
            loads = {
                instance.class_ids[c]: load(instance, i, c, count[i, c])
                for c in range(instance.n_classes)
                if instance.counted[i, c]
            }
            turns = sum(count[i, c] for c in range(instance.n_classes))
            people.append({"person": name, "turns": turns, "burden": borne[i], "load": loads})
    return {
        "status": answer.status.value,
        "sentence": answer.status.sentence,
        "tiers": [
            {
                "name": tier.name,
                "sense": tier.sense,
                "value": tier.value,
                "bound": tier.bound,
                "proven": tier.proven,
            }
            for tier in answer.tiers
        ],
        "turns": rows,
        "people": people,
        "conflict": list(answer.conflict),
        "notes": list(answer.notes),
        "seconds": {phase: round(time, 3) for phase, time in answer.effort.seconds.items()},
    }
