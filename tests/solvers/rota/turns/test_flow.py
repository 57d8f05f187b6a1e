"""The flow relaxation of turns: bounds that no assignment passes, exact where no rule is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from turns_cases import turns_instance
from turns_reference import best_of_all, tiny

from solvers.rota.turns.check.score import tier_values
from solvers.rota.turns.flow import Flow
from solvers.rota.turns.instance import Order, TurnsInstance, Windows
from solvers.rota.turns.levels import Stage
from solvers.rota.turns.model import Model
from solvers.rota.turns.tiers import stages


def bounds(instance: TurnsInstance, best: list[int]) -> dict[str, tuple[int, int]]:
    """Value of the best assignment and bound of the flow, for each tier that is a sum over arcs, each held at
    its value where the flow reaches no more."""
    model = Model(instance)
    flow, out = Flow(model), np.zeros(model.n_choices, bool)
    found = {}
    for stage in stages(model):
        if not isinstance(stage, Stage):
            continue
        worth = np.zeros(model.rows.n_columns, np.int64)
        worth[: len(stage.worth)] = stage.worth
        values = model.values(np.array(best, np.int32))
        known = flow.priced(worth, out)
        if known is None:
            continue
        found[stage.name] = stage.tier_value(int(worth @ values)), stage.tier_value(known.bound)
        taken = (values[: model.n_choices] == 1) & ~model.fixed
        assert not (known.useless(int(worth @ values))[: model.n_choices] & taken).any()
        if known.bound > int(worth @ values):
            break
        out |= flow.hold(known)
        assert not (out & taken).any()
    return found


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK,)))
def test_no_assignment_passes_the_bounds(instance: TurnsInstance) -> None:
    best = best_of_all(instance)
    assume(best is not None)
    senses = {tier.name: tier.sense for tier in tier_values(instance, best)}
    for name, (value, bound) in bounds(instance, best).items():
        assert bound <= value if senses[name] == "min" else bound >= value


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tiny((Order.QUICK,)))
def test_bounds_are_exact_where_no_rule_is_left_out(instance: TurnsInstance) -> None:
    turns, classes = instance.n_turns, np.zeros(instance.n_turns, np.int32)
    plain = replace(
        instance,
        session=np.arange(turns, dtype=np.int32),
        hours=np.zeros(turns, np.int32),
        class_ids=("all",),
        class_of=classes,
        carried=instance.carried[:, :1],
        carried_burden=np.zeros(instance.n_people, np.int64),
        windows=Windows.of([]),
        wanted=np.zeros((instance.n_people, 3), np.int32),
        most_broken=None,
    )
    # Without burden the highest one, which is no sum, is left out.
    calm = replace(plain, choices=replace(plain.choices, burden=np.zeros_like(plain.choices.burden)))
    best = best_of_all(calm)
    assume(best is not None)
    found = bounds(calm, best)
    names = [name for name in found if name.startswith(("unfilled", "kept"))]
    assert names
    assert all(found[name][0] == found[name][1] for name in names)


def test_an_objective_over_other_columns_is_refused() -> None:
    instance = turns_instance(2, 2, [(0, 0, 1), (0, 1, 2), (1, 0, 3)])
    model = Model(instance)
    highest = next(one for one in stages(model) if isinstance(one, Stage) and one.name == "highest_burden")
    assert Flow(model).priced(highest.worth, np.zeros(model.n_choices, bool)) is None
