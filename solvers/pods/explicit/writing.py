"""Pods instances back to JSON (the keys are in `loading`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.pods.instance import Pairs, Pod, PodsInstance, Rhythm, Seats


def instance_to_dict(instance: PodsInstance) -> dict[str, Any]:
    """The JSON object of an instance; `load_instance` gives the same instance back, but for points and
    satisfaction of seats that are neither eligible nor pinned. Abilities and languages are numbers there."""
    inst, members, pods = instance, instance.member_ids, instance.pod_ids

    def seats(of: Seats) -> list[list[Any]]:
        return [[members[i], pods[p]] for i, p in of.rows()]

    def named(pairs: Pairs, names: Any) -> list[list[str]]:
        return [[names[a], names[b]] for a, b in pairs.tolist()]

    one, other = np.nonzero(inst.eligible)
    rows: list[list[Any]] = [
        [members[i], pods[p], int(inst.points[i, p])]
        for i, p in zip(one.tolist(), other.tolist(), strict=True)
    ]
    if inst.satisfaction is not None:
        for row, value in zip(rows, inst.satisfaction[one, other].tolist(), strict=True):
            row.append(value)
    pinned = seats(inst.pinned)
    for pin, (i, p) in zip(pinned, inst.pinned.rows(), strict=True):
        if not inst.eligible[i, p]:
            pin.append(int(inst.points[i, p]))
    terms = inst.pair_terms
    left = np.repeat(np.arange(inst.n_members), np.diff(terms.start))
    once = left < terms.other
    return {
        "organizations": list(inst.organization_ids),
        "abilities": [str(k) for k in range(inst.able.shape[1])],
        "languages": [str(k) for k in range(inst.speaks.shape[1])],
        "members": [
            {
                "id": name,
                "organization": inst.organization_ids[inst.organization[i]],
                "capacity": int(inst.capacity[i]),
                "hours": int(inst.budget[i]),
                "newcomer": bool(inst.newcomer[i]),
                "veteran": bool(inst.veteran[i]),
                "priority": int(inst.priority[i]),
                "abilities": [str(k) for k in np.flatnonzero(inst.able[i])],
                "languages": [str(k) for k in np.flatnonzero(inst.speaks[i])],
            }
            for i, name in enumerate(members)
        ],
        "pods": [_pod(inst, name, pod) for name, pod in zip(pods, inst.pods, strict=True)],
        "seats": rows,
        "pairs": [
            [members[a], members[b], value]
            for a, b, value in zip(
                left[once].tolist(), terms.other[once].tolist(), terms.value[once].tolist(), strict=True
            )
        ],
        "rhythms": [_rhythm(inst, rhythm) for rhythm in inst.rhythms],
        "rivals": named(inst.rivals, inst.organization_ids),
        "apart": named(inst.apart, members),
        "together": named(inst.together, members),
        "pinned": pinned,
        "previous": seats(inst.previous),
        "order": inst.order.value,
        "changes": inst.changes,
        "bonus": inst.bonus,
        "most_broken": inst.most_broken,
        "organization_worth": list(inst.organization_worth),
        "most_newcomers": inst.most_newcomers,
        "veteran_each": inst.veteran_each,
    }


def _pod(instance: PodsInstance, name: str, pod: Pod) -> dict[str, Any]:
    return {
        "id": name,
        "least": pod.least,
        "most": pod.most,
        "must_run": pod.must_run,
        "priority": pod.priority,
        "least_organizations": pod.least_organizations,
        "most_share": pod.most_share,
        "sponsor": None if pod.sponsor < 0 else instance.organization_ids[pod.sponsor],
        "presence": pod.presence,
        "needs": [
            {"ability": str(need.ability), "worth": list(need.worth), "least": need.least}
            for need in pod.needs
        ],
        "languages": [str(k) for k in pod.languages],
        "rhythm": None if pod.rhythm < 0 else pod.rhythm,
        "slot": None if pod.slot < 0 else pod.slot,
        "quorum": pod.quorum,
        "hours": pod.hours,
    }


def _rhythm(instance: PodsInstance, rhythm: Rhythm) -> dict[str, Any]:
    shown = rhythm.half | (rhythm.ease != 0)
    attendance = []
    for i, s in zip(*np.nonzero(shown), strict=True):
        often = "always" if rhythm.always[i, s] else "half" if rhythm.half[i, s] else "never"
        attendance.append([instance.member_ids[i], int(s), often, int(rhythm.ease[i, s])])
    return {"minutes": rhythm.minutes, "start": rhythm.start.tolist(), "attendance": attendance}
