"""Files of the maximally diverse grouping problem (MDGPLIB) as pods instances.

First line: `n groups ss|ds low_1 high_1 ... low_G high_G`; then `i j distance` for every i < j, from 0. All
members must find a group whose size is within its bounds; the sum of the distances within groups is to be as
large as can be. Here a distance is a pair term, in whole numbers of the last decimal that the file has.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from solvers.faults import InstanceError
from solvers.pods.instance import MAX_SIZE, MAX_WORTH, PairTerms, Pod, PodsInstance, Seats, no_pairs

MAX_MEMBERS = 5_000


@dataclass(frozen=True)
class Grouping:
    """A file: its instance, and how many points are a distance of 1."""

    instance: PodsInstance
    scale: int


def read_mdgp(path: str | Path) -> Grouping:
    """The instance of a file. Raises InstanceError with the number of the first line that is wrong, OSError
    when there is no file."""
    lines = Path(path).read_text("utf-8", "replace").splitlines()
    head = lines[0].split() if lines else []
    bad = InstanceError("line 1", "must be: n groups ss|ds low_1 high_1 ... low_G high_G")
    if len(head) < 3 or head[2] not in ("ss", "ds") or not all(x.isdecimal() for x in head[:2] + head[3:]):
        raise bad
    n, groups, bounds = int(head[0]), int(head[1]), [int(x) for x in head[3:]]
    if not 1 <= n <= MAX_MEMBERS or groups < 1 or len(bounds) != 2 * groups:
        raise bad
    if not all(1 <= low <= high <= MAX_SIZE for low, high in zip(bounds[::2], bounds[1::2], strict=True)):
        raise InstanceError("line 1", f"needs sizes 1 <= low <= high <= {MAX_SIZE}")
    rows = [(at, line.split()) for at, line in enumerate(lines[1:], 2) if line.strip()]
    decimals = max((len(row[2].partition(".")[2]) for _, row in rows if len(row) == 3), default=0)
    scale = 10**decimals
    pairs = np.zeros((len(rows), 2), np.int32)
    value = np.zeros(len(rows), np.int64)
    for k, (at, row) in enumerate(rows):
        try:
            i, j, distance = int(row[0]), int(row[1]), float(row[2])
            fine = len(row) == 3 and 0 <= i < j < n and abs(distance) * scale <= MAX_WORTH
        except (ValueError, IndexError):
            fine = False
        if not fine:
            raise InstanceError(f"line {at}", f"must be: i j distance, with 0 <= i < j < {n}")
        pairs[k] = i, j
        value[k] = round(distance * scale)
    if len(np.unique(pairs[:, 0].astype(np.int64) * n + pairs[:, 1])) < len(pairs):
        raise InstanceError("file", "has the distance of one pair twice")
    nobody, none = np.zeros(n, np.int32), np.zeros(n, bool)
    instance = PodsInstance(
        member_ids=tuple(str(i) for i in range(n)),
        pod_ids=tuple(str(g) for g in range(groups)),
        organization_ids=("",),
        pods=tuple(
            Pod(low, high, must_run=True) for low, high in zip(bounds[::2], bounds[1::2], strict=True)
        ),
        points=np.zeros((n, groups), np.int32),
        eligible=np.ones((n, groups), bool),
        organization=nobody,
        capacity=np.ones(n, np.int32),
        budget=nobody,
        newcomer=none,
        veteran=none,
        priority=nobody,
        able=np.zeros((n, 0), bool),
        speaks=np.zeros((n, 0), bool),
        pair_terms=PairTerms.of(n, pairs, value.astype(np.int32)),
        rivals=no_pairs(),
        apart=no_pairs(),
        together=no_pairs(),
        pinned=Seats.of([]),
        previous=Seats.of([]),
    )
    return Grouping(instance, scale)
