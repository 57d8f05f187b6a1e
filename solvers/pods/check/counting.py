"""Bounds that need no model: what no answer can pass, whatever else it gives up."""

from __future__ import annotations

import numpy as np

from solvers.pods.instance import Flags, PodsInstance


def counting_bounds(instance: PodsInstance) -> dict[str, int]:
    """Per tier a bound that holds without any condition.

    placed, priority: members who may sit anywhere, and at most the pods' places. problems: every pod that
    has enough eligible members. kept: every previous seat. points: each member's best places and each pod's
    best seats, whichever is less, with full needs, organizations and the positive pair terms.
    """
    seat = _seats(instance)
    open_pods = seat.sum(axis=0) >= np.array([pod.least for pod in instance.pods], np.int64)
    open_pods[instance.pinned.pod] = True
    seat &= open_pods
    somewhere = seat.any(axis=1) & (instance.room > 0)
    most = np.maximum(
        np.array([pod.most for pod in instance.pods], np.int64),
        np.bincount(instance.pinned.pod, minlength=instance.n_pods),
    )
    places = int(most[open_pods].sum())
    by_priority = np.sort(instance.priority[somewhere])[::-1]
    bonus = instance.bonus * len(instance.previous) if instance.changes == "bonus" else 0
    return {
        "placed": min(int(somewhere.sum()), places),
        "priority": int(by_priority[:places].sum()),
        "problems": sum(pod.priority for pod, runs in zip(instance.pods, open_pods, strict=True) if runs),
        "kept": len(instance.previous),
        "points": _points(instance, seat, most) + bonus,
    }


def _seats(instance: PodsInstance) -> Flags:
    seat = instance.eligible.copy()
    seat[instance.pinned.member, instance.pinned.pod] = True
    return seat


def _points(instance: PodsInstance, seat: Flags, most: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    terms = instance.pair_terms
    one = np.repeat(np.arange(instance.n_members), np.diff(terms.start))
    # A member gains at most half of each of their best positive terms, as many as a pod has other members.
    half = np.zeros(instance.n_members, np.int64)
    positive = terms.value > 0
    if positive.any():
        order = np.lexsort((-terms.value[positive], one[positive]))
        owner, value = one[positive][order], terms.value[positive][order].astype(np.int64)
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        mates = int(most.max(initial=1)) - 1
        np.add.at(half, owner[rank < mates], value[rank < mates])
    worth = instance.points.astype(np.int64) * 2 + half[:, None]
    for p, pod in enumerate(instance.pods):
        if pod.rhythm >= 0 and instance.rhythms[pod.rhythm].n_slots:
            worth[:, p] += 2 * instance.rhythms[pod.rhythm].ease.max(axis=1).astype(np.int64)
    worth = np.where(seat, np.maximum(worth, 0), 0)
    by_pod = -np.sort(-worth, axis=0)
    by_member = -np.sort(-worth, axis=1)
    of_pods = sum(int(by_pod[: int(most[p]), p].sum()) for p in range(instance.n_pods))
    room = np.minimum(instance.room, instance.n_pods)
    of_members = sum(int(by_member[:, k][room > k].sum()) for k in range(int(room.max(initial=0))))
    shared = min(of_pods, of_members) // 2
    needs = sum(
        sum(need.worth[: int((instance.able[:, need.ability] & seat[:, p]).sum())])
        for p, pod in enumerate(instance.pods)
        for need in pod.needs
    )
    organizations = sum(
        sum(instance.organization_worth[: int(most[p])]) for p in range(instance.n_pods) if seat[:, p].any()
    )
    return shared + needs + organizations
