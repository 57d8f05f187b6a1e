"""The family of pods that the figures are taken on: wishes, five needs a pod, organizations, newcomers, past
meetings. Drawn from a seed, so anybody gets the same ones."""

from __future__ import annotations

import random

import numpy as np

from solvers.pods.instance import Need, PairTerms, Pod, PodsInstance, Seats, no_pairs


def family(n: int, pods: int, seed: int = 1) -> PodsInstance:
    """n members, so many pods of 4 to max(7, ceil(n / pods) + 2) members."""
    rng = random.Random(seed)
    abilities, n_orgs = 30, max(4, n // 12)
    skills = [{rng.randrange(abilities): rng.randint(1, 5) for _ in range(6)} for _ in range(n)]
    org = [rng.randrange(n_orgs) for _ in range(n)]
    wishes = [rng.sample(range(pods), min(pods, 3)) for _ in range(n)]
    newcomer = [rng.random() < 0.25 for _ in range(n)]
    needs = [rng.sample(range(abilities), 5) for _ in range(pods)]
    met = sorted({tuple(sorted(rng.sample(range(n), 2))) for _ in range(n * 2)})
    points = np.full((n, pods), 10, np.int32)
    for i, wished in enumerate(wishes):
        for k, p in enumerate(wished):
            points[i, p] += 4 * (3 - k)
    able = np.zeros((n, abilities), bool)
    for i, known in enumerate(skills):
        for skill, level in known.items():
            able[i, skill] = level >= 3
    most = max(7, -(-n // pods) + 2)
    return PodsInstance(
        member_ids=tuple(f"m{i}" for i in range(n)),
        pod_ids=tuple(f"p{p}" for p in range(pods)),
        organization_ids=tuple(f"o{k}" for k in range(n_orgs)),
        pods=tuple(
            Pod(least=4, most=most, least_organizations=3, most_share=50,
                needs=tuple(Need(skill, (30, 8)) for skill in needs[p]))
            for p in range(pods)
        ),
        points=points,
        eligible=np.ones((n, pods), bool),
        organization=np.array(org, np.int32),
        capacity=np.ones(n, np.int32),
        budget=np.zeros(n, np.int32),
        newcomer=np.array(newcomer, bool),
        veteran=np.zeros(n, bool),
        priority=np.zeros(n, np.int32),
        able=able,
        speaks=np.zeros((n, 0), bool),
        pair_terms=PairTerms.of(n, np.array(met, np.int32), np.full(len(met), -5, np.int32)),
        rivals=no_pairs(),
        apart=no_pairs(),
        together=no_pairs(),
        pinned=Seats.of([]),
        previous=Seats.of([]),
        most_newcomers=50,
    )  # fmt: skip
