"""Random numbers of a chain, and who may go where; compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.pods.anneal.layout import BUDGET, HOURS, TAKEN
from solvers.pods.anneal.pod_kernel import SHUT, inlined, sits


@inlined
def draw(S: Any) -> Any:
    """The next 64 random bits (xorshift64, Marsaglia 2003)."""
    x = S.random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    S.random[0] = x
    return x


@inlined
def below(S: Any, count: Any) -> Any:
    """A random whole number 0 <= x < count."""
    return np.int64(((draw(S) >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32))


@inlined
def fraction(S: Any) -> Any:
    """A random number 0 <= x < 1."""
    return np.float64(draw(S) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def fits(T: Any, S: Any, u: Any, p: Any, leaves: Any) -> Any:
    """Whether unit u may come to pod p from pod `leaves` (-1: from none): open, not there yet, hours left."""
    if T.seat[u, p] < SHUT or sits(T, S, u, p):
        return False
    freed = T.pod[leaves, HOURS] if leaves >= 0 else 0
    return S.unit[u, TAKEN] - freed + T.pod[p, HOURS] <= T.unit[u, BUDGET]
