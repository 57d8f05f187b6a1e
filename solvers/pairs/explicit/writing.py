"""Pairs instances back to JSON (the keys are in `loading`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.pairs.edges import Edges, PriceView
from solvers.pairs.explicit.balances import balance_to_dict
from solvers.pairs.explicit.edges import ExplicitEdges
from solvers.pairs.instance import PairsInstance
from solvers.pairs.stable.wishes import ListedWishes


def instance_to_dict(instance: PairsInstance, wishes: ListedWishes | None = None) -> dict[str, Any]:
    """The JSON object of an instance; `load_instance` gives the same instance back, field by field.

    An oracle other than `ExplicitEdges` is listed row by row, so this is for small instances.
    """
    inst, learner, guide, org = instance, instance.learner_ids, instance.guide_ids, instance.organization_ids
    if isinstance(inst.edges, ExplicitEdges):
        edges = inst.edges.all()
    else:
        edges = inst.edges.violated(PriceView.flat(inst.n_learners, inst.n_guides), max(1, inst.n_guides))
        order = np.lexsort((edges.guide, edges.learner))
        edges = Edges(edges.learner[order], edges.guide[order], edges.points[order])

    def pairs(of: Edges) -> list[list[Any]]:
        return [[learner[i], guide[j]] for i, j in zip(of.learner, of.guide, strict=True)]

    natural = np.maximum(inst.edges.points(inst.pinned.learner, inst.pinned.guide), 0)
    pinned = pairs(inst.pinned)
    for pin, points, usual in zip(pinned, inst.pinned.points.tolist(), natural.tolist(), strict=True):
        if points != usual:
            pin.append(points)
    out: dict[str, Any] = {
        "organizations": list(org),
        "learners": [
            {"id": learner[i], "need": need, "organization": org[home], "priority": priority}
            for i, (need, home, priority) in enumerate(
                zip(inst.need.tolist(), inst.learner_org.tolist(), inst.priority.tolist(), strict=True)
            )
        ],
        "guides": [
            {"id": guide[j], "capacity": places, "min_load": load, "organization": org[home]}
            for j, (places, load, home) in enumerate(
                zip(inst.capacity.tolist(), inst.min_load.tolist(), inst.guide_org.tolist(), strict=True)
            )
        ],
        "edges": [
            [learner[i], guide[j], w]
            for i, j, w in zip(edges.learner, edges.guide, edges.points.tolist(), strict=True)
        ],
        "pinned": pinned,
        "previous": pairs(inst.previous),
        "order": inst.order.value,
        "changes": inst.changes,
        "bonus": inst.bonus,
        "both_ways": inst.both_ways,
        "most_broken": inst.most_broken,
        "all_or_nothing": inst.all_or_nothing,
        "floor_on": inst.floor_on,
    }
    if inst.balance is not None:
        out["balance"] = balance_to_dict(inst.balance, org)
    if inst.quotas:
        out["quotas"] = [
            {
                "name": quota.name,
                "side": quota.side,
                "members": [(learner if quota.side == "received" else guide)[k] for k in quota.members],
                "most": quota.most,
            }
            for quota in inst.quotas
        ]
    if inst.budgets:
        out["budgets"] = [
            {
                "learner": learner[budget.learner],
                "guide": guide[budget.guide],
                "learner_cost": budget.learner_cost,
                "guide_cost": budget.guide_cost,
                "most": budget.most,
            }
            for budget in inst.budgets
        ]
    if len(inst.guide_of_learner):
        out["same_person"] = [[learner[i], guide[j]] for i, j in enumerate(inst.guide_of_learner) if j >= 0]
    if wishes is not None and (wishes.learners or wishes.guides):
        out["wishes"] = {
            "learners": {learner[i]: [guide[j] for j in named] for i, named in wishes.learners.items()},
            "guides": {guide[j]: [learner[i] for i in named] for j, named in wishes.guides.items()},
        }
    return out
