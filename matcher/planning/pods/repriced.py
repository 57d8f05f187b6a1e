"""Whether the pods' numbers in a plan's prices hold: every group tried again, as far as the effort goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.planning.words import counted
from solvers.pods.check.bound import bound_from_prices
from solvers.pods.check.reprice import reprice

if TYPE_CHECKING:
    from matcher.planning.findings import AuditReport
    from matcher.planning.pods.instance import Prepared
    from solvers.pods.solution import PodPrices

NODES = 60_000
"""Partial groups that are looked at for one tier, shared evenly by its pods; some ten seconds at most."""


def reprice_pods(
    out: AuditReport, prepared: Prepared, prices: PodPrices, name: str, sample: int | None, seed: int
) -> None:
    """Object to each pod whose number a group refutes; say how many numbers are proven, and what is left.

    `name`: of the tier that the prices bound, or of the floor that they prove.
    `sample`: so many pods only, drawn by `seed`. Pods that ran before at a time which the result does not
    tell are left out: their numbers may rest on that time.
    """
    instance = prepared.instance
    count = instance.n_pods
    untold = {p for _, p in prepared.running.protected} - prepared.running.meeting.keys()
    untold = {p for p in untold if instance.pods[p].rhythm >= 0}
    chosen = [p for p in range(count) if p not in untold]
    if untold:
        out.unchecked.append(
            f"Prices of {name}: {counted(len(untold), 'pod')} that ran before at times unknown here."
        )
    if sample is not None and sample < len(chosen):
        chosen = sorted(np.random.default_rng(seed).permutation(chosen)[:sample].tolist())
    number, complete, left = prices.pod.copy(), 0, NODES
    for done, p in enumerate(chosen):
        found, taken = reprice(instance, prices, p, left // (len(chosen) - done))
        left -= taken
        number[p], complete = found.worth, complete + found.complete
        if found.group:
            people = ", ".join(instance.member_ids[i] for i in found.group)
            about = f"{name}, {instance.pod_ids[p]}"
            out.object("prices", about, f"a group is worth more than the pod's number says: {people}")
    what = f"{complete} of {counted(count, 'pod')}: no group is worth more, by trying them"
    out.checked.append((f"prices of {name}", what))
    cut = len(chosen) - complete
    if cut:
        told = f"Prices of {name}: the groups of {counted(cut, 'pod')} were tried in part"
        if len(chosen) == count:
            bound = bound_from_prices(instance, replace(prices, pod=number))
            told += f"; what was tried alone gives the bound {bound:,}"
        out.unchecked.append(f"{told}.")
    beyond = count - len(untold) - len(chosen)
    if beyond:
        out.unchecked.append(f"Prices of {name}: {counted(beyond, 'pod')} outside the sample.")
