"""Kernels compiled ahead of the first run: `python -m solvers.pods.warm` compiles those of the proof.

Compiling takes many times longer than solving a small instance; once compiled, kernels are kept in the cache
(see `solvers.kernels`).
"""

from __future__ import annotations

import numpy as np

from solvers.kernels import is_cached
from solvers.limits import Limits
from solvers.pods.instance import Need, PairTerms, Pod, PodsInstance, Rhythm, Seats, no_pairs
from solvers.pods.solution import Assignment

_MEMBERS, _PODS, _SLOTS, _SIZE = 24, 6, 3, 4


def proof_is_ready() -> bool:
    """Whether the kernels of the proof are in the cache."""
    from solvers.pods.columns.bound_kernel import tighten
    from solvers.pods.columns.cuts import broken_by, pay
    from solvers.pods.columns.price_kernel import price_pod
    from solvers.pods.columns.search_kernel import search

    return all(map(is_cached, (tighten, price_pod, search, pay, broken_by)))


def warm_annealing() -> None:
    """Compile the kernels of the search, if they are not in the cache."""
    from solvers.pods.anneal.portfolio import Annealer
    from solvers.pods.anneal.start_kernel import drop_broken

    annealer = Annealer(_instance(), 1)
    annealer.start(_answer())
    drop_broken(annealer.packed.tables, annealer.states[0])
    annealer.improve(Limits(seconds=600), rounds=1, tell=lambda _: None)


def warm_proof() -> None:
    """Compile the kernels of the proof, if they are not in the cache."""
    from solvers.pods.columns.cuts import broken_by, pay
    from solvers.pods.columns.prove import prove

    prove(_instance(), _answer(), Limits(seconds=600))
    # What is settled without a search of the listed groups does not ask these.
    none, one = np.zeros(1, np.int64), np.zeros(2, np.int64)
    pay(one, none, one, none, none, none.copy())
    broken_by(np.zeros((1, 3), np.bool_), np.zeros(1), 0.05)


def _answer() -> Assignment:
    seats = Seats.of([(i, i // _SIZE) for i in range(_MEMBERS)])
    return Assignment(seats, np.zeros(_PODS, np.int32))


def _instance() -> PodsInstance:
    """A small instance that asks every kernel: any seat is worth something else, and all rules hold."""
    dice = np.random.default_rng(1)
    n = _MEMBERS
    rhythm = Rhythm(
        always=np.ones((n, _SLOTS), np.bool_),
        half=np.ones((n, _SLOTS), np.bool_),
        ease=dice.integers(0, 9, (n, _SLOTS)).astype(np.int16),
        start=np.array([540, 600, 660], np.int32),
        minutes=60,
    )
    couples = np.array([(i, (i + 5) % n) for i in range(n)], np.int32)
    pod = Pod(3, _SIZE, needs=(Need(0, (9, 4)),), languages=(0,), rhythm=0, quorum=50, hours=2)
    return PodsInstance(
        member_ids=[f"m{i}" for i in range(n)],
        pod_ids=[f"p{p}" for p in range(_PODS)],
        organization_ids=["o0", "o1", "o2"],
        pods=(pod,) * _PODS,
        points=dice.integers(0, 1000, (n, _PODS)).astype(np.int32),
        eligible=np.ones((n, _PODS), np.bool_),
        organization=(np.arange(n) % 3).astype(np.int32),
        capacity=np.ones(n, np.int32),
        budget=np.full(n, 9, np.int32),
        newcomer=np.zeros(n, np.bool_),
        veteran=np.ones(n, np.bool_),
        priority=np.zeros(n, np.int32),
        able=np.ones((n, 1), np.bool_),
        speaks=np.ones((n, 1), np.bool_),
        pair_terms=PairTerms.of(n, couples, dice.integers(-9, 9, n).astype(np.int32)),
        rivals=no_pairs(),
        apart=no_pairs(),
        together=no_pairs(),
        pinned=Seats.of([]),
        previous=Seats.of([]),
        rhythms=(rhythm,),
        organization_worth=(5, 3),
    )


if __name__ == "__main__":
    warm_proof()
