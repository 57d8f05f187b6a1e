"""Small changes that may help a learner who is left out: one pair more that may meet, a limit wider."""

from __future__ import annotations

from dataclasses import replace

from solvers.limits import Limits
from solvers.pairs.edges import Edges
from solvers.pairs.explain.cuts import LimitAt
from solvers.pairs.explain.outcome import Outcome, ask
from solvers.pairs.explain.state import State, column
from solvers.pairs.instance import PairsInstance


def allow_pair(state: State, learner: int, guide: int, points: int) -> Outcome:
    """The best answer if one more pair were eligible (not forced), with the points it would have."""

    def change(asked: State) -> None:
        asked.flow.add(Edges(column(learner), column(guide), column(points)))

    return ask(state, change, None, None)


def raise_limit(
    state: State,
    limit: LimitAt,
    amount: int = 1,
    limits: Limits | None = None,
    *,
    claimed: int | None = None,
    served: bool = True,
) -> Outcome:
    """The best answer with a limit `amount` wider: a quota higher, or give and take looser on both sides.

    `limits` as in `force`, `claimed` as in `one_more_place`.
    """

    def change(asked: State) -> None:
        asked.network.upper[limit.arc] += amount
        if limit.kind != "quota":
            asked.network.lower[limit.arc] -= amount
        asked.claim(claimed, served=served)

    return ask(
        state, change, lambda: widened(state.instance, limit, amount), limits if claimed is None else None
    )


def widened(instance: PairsInstance, limit: LimitAt, amount: int) -> PairsInstance:
    """The instance with one limit `amount` wider."""
    if limit.kind == "quota":
        quotas = tuple(
            replace(quota, most=quota.most + amount) if quota.name == limit.name else quota
            for quota in instance.quotas
        )
        return replace(instance, quotas=quotas)
    balance = instance.balance
    assert balance is not None
    if limit.kind == "group":
        least, most = balance.group_least.copy(), balance.group_most.copy()
        balance = replace(balance, group_least=least, group_most=most)
    else:
        least, most = balance.least.copy(), balance.most.copy()
        balance = replace(balance, least=least, most=most)
    least[limit.number] -= amount
    most[limit.number] += amount
    return replace(instance, balance=balance)
