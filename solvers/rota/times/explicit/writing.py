"""Times instances back to JSON (the keys are in `loading`), and answers as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.solution import TimesAnswer


def instance_to_dict(instance: TimesInstance) -> dict[str, Any]:
    """The JSON object of an instance; `load_instance` gives the same instance back."""
    people = [
        {
            "id": name,
            "free": _ranges(instance.free[i]),
            "profile": int(instance.profile[i]),
            "carried": int(instance.carried[i]),
        }
        for i, name in enumerate(instance.person_ids)
    ]
    return {
        "minutes": instance.minutes,
        "steps": instance.n_steps,
        "people": people,
        "burden": instance.burden.tolist(),
        "groups": [
            _group(instance, name, group)
            for name, group in zip(instance.group_ids, instance.groups, strict=True)
        ],
        "changes": instance.changes,
    }


def _ranges(free: NDArray[np.bool_]) -> list[list[int]]:
    """Where somebody is free: [first step, step after the last]."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2).tolist()


def _group(instance: TimesInstance, name: str, group: Group) -> dict[str, Any]:
    def ids(people: tuple[int, ...]) -> list[str]:
        return [instance.person_ids[i] for i in people]

    return {
        "id": name,
        "members": ids(group.members),
        "starts": [[None if at < 0 else at for at in row] for row in group.starts.tolist()],
        "length": group.length,
        "rotating": group.rotating,
        "quorum": group.quorum,
        "required": ids(group.required),
        "least_percent": group.least_percent,
        "spared": ids(group.spared),
        "facilitators": ids(group.facilitators),
        "facing": group.facing,
        "fixed": [list(one) for one in group.fixed],
        "closed": list(group.closed),
        "previous": [list(one) for one in group.previous],
    }


def answer_to_dict(instance: TimesInstance, answer: TimesAnswer) -> dict[str, Any]:
    """The JSON object of an answer: status, tiers, and each group's sessions with step and slot."""
    return {
        "format": "peerloom-times/1",
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
        "groups": [
            {
                "id": name,
                "sessions": [
                    {"step": None if step < 0 else step, "slot": None if slot < 0 else slot}
                    for step, slot in zip(answer.times[g], answer.slots[g], strict=True)
                ],
            }
            for g, name in enumerate(instance.group_ids)
        ],
        "notes": list(answer.notes),
        "effort": {"seconds": answer.effort.seconds, "counts": answer.effort.counts},
    }
