"""Small times instances for tests, built from plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from solvers.rota.times.instance import Group, TimesInstance


def times_instance(groups: Sequence[Group], free: Sequence[str], **given: Any) -> TimesInstance:
    """`free`: a string per person, "1" where they are free; one burden of 0 for all, unless `given`."""
    table = np.array([[sign == "1" for sign in row] for row in free], np.bool_)
    values: dict[str, Any] = {
        "person_ids": [f"p{i}" for i in range(len(free))],
        "group_ids": [f"g{g}" for g in range(len(groups))],
        "groups": tuple(groups),
        "minutes": 60,
        "free": table,
        "profile": np.zeros(len(free), np.int32),
        "burden": np.zeros((1, table.shape[1]), np.int32),
        "carried": np.zeros(len(free), np.int32),
    }
    return TimesInstance(**(values | given))


def starts(*rows: Sequence[int]) -> Any:
    """The table `starts` of a group: a row per slot."""
    return np.array(rows, np.int32)
