"""Small turns instances for tests, built from plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from solvers.rota.turns.instance import Choices, Held, Role, TurnsInstance, Windows


def turns_instance(turns: int, people: int, rows: Sequence[tuple[int, ...]], **given: Any) -> TurnsInstance:
    """`rows`: (turn, person[, burden[, preference]]). One turn a session, one organization a person, one
    class, unless `given` says otherwise."""
    whole = [tuple([*row, 0, 0][:4]) for row in rows]
    values: dict[str, Any] = {
        "turn_ids": [f"t{t}" for t in range(turns)],
        "person_ids": [f"p{i}" for i in range(people)],
        "organization_ids": [f"o{i}" for i in range(people)],
        "class_ids": ["all"],
        "session": np.arange(turns, dtype=np.int32),
        "role": np.full(turns, Role.LEAD, np.int32),
        "hours": np.ones(turns, np.int32),
        "class_of": np.zeros(turns, np.int32),
        "choices": Choices.of(turns, whole),
        "organization": np.arange(people, dtype=np.int32),
        "most": np.full(people, turns, np.int32),
        "budget": np.full(people, turns, np.int32),
        "capacity": np.full(people, 100, np.int32),
        "carried": np.zeros((people, 1), np.int64),
        "carried_burden": np.zeros(people, np.int64),
        "windows": Windows.of([]),
        "organization_most": np.full(people, -1, np.int32),
        "organization_share": np.full(people, turns, np.int32),
        "wanted": np.zeros((people, 3), np.int32),
        "pinned": Held.of([]),
        "open_turns": np.zeros(0, np.int32),
        "previous": Held.of([]),
    }
    return TurnsInstance(**(values | given))
