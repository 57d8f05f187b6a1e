"""A bound on the highest burden: what people's own turns cost, and what a cap leaves to go round."""

from __future__ import annotations

import numpy as np
import pytest
from turns_cases import turns_instance

from solvers.limits import Limits
from solvers.rota.turns.bearing import least_highest
from solvers.rota.turns.flow import Flow
from solvers.rota.turns.instance import TurnsInstance, Windows
from solvers.rota.turns.levels import Stage
from solvers.rota.turns.model import Model
from solvers.rota.turns.solve import solve
from solvers.rota.turns.tiers import stages


def bound(instance: TurnsInstance) -> tuple[int, int]:
    """(bound, proven value) of the highest burden, turns filled and squares held."""
    best = solve(instance, Limits(seconds=60, workers=1))
    model = Model(instance)
    flow, out = Flow(model), np.zeros(model.n_choices, bool)
    for stage in stages(model):
        if isinstance(stage, Stage):
            if stage.name == "highest_burden":
                break
            worth = np.zeros(model.rows.n_columns, np.int64)
            worth[: len(stage.worth)] = stage.worth
            known = flow.priced(worth, out)
            assert known is not None
            out |= flow.hold(known)
    value = next(tier.value for tier in best.tiers if tier.name == "highest_burden")
    assert value is not None
    borne = np.full(instance.n_people, 50)
    return least_highest(model, flow, out, borne, Limits(seconds=60)), value


def test_who_has_only_dear_turns_bears_the_cheapest_of_them() -> None:
    # Fair shares are two turns each.
    rows = [(0, 0, 4), (1, 0, 3), (0, 1, 0), (1, 1, 0), (2, 1, 0), (3, 1, 0)]
    assert bound(turns_instance(4, 2, rows)) == (7, 7)


def test_windows_of_one_person_count() -> None:
    # Fair shares are two turns each; person 0 may not take both cheap ones.
    rows = [(0, 0, 1), (1, 0, 1), (2, 0, 5), (0, 1, 0), (1, 1, 0), (2, 1, 0), (3, 1, 0)]
    spacing = Windows.of([("spacing", [0, 1], 1, 0)])
    assert bound(turns_instance(4, 2, rows, windows=spacing)) == (6, 6)


@pytest.mark.parametrize(("people", "expected"), [(2, 2), (4, 1)])
def test_a_cap_under_which_turns_do_not_go_round_is_refused(people: int, expected: int) -> None:
    rows = [(t, i, 1) for t in range(4) for i in range(people)]
    assert bound(turns_instance(4, people, rows)) == (expected, expected)


def test_burden_of_earlier_cycles_counts() -> None:
    rows = [(0, 0, 1), (0, 1, 2)]
    assert bound(turns_instance(1, 2, rows, carried_burden=np.array([9, 3], np.int64))) == (9, 9)
