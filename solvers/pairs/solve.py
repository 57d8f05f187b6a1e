"""From an instance to an audited answer: the one entry of the family (see `docs/models.md` for the
mathematics).
"""

from __future__ import annotations

from dataclasses import replace

from solvers.limits import Limits
from solvers.pairs.answer import answer_from, finish, infeasible, new_floor, unknown
from solvers.pairs.edges import Edges
from solvers.pairs.flow.certificate import duals_from, flow_value, tiers_from
from solvers.pairs.flow.circulation import OverTimeError, StuckError
from solvers.pairs.flow.floor import raise_floor
from solvers.pairs.flow.network import Network, build_network
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import Order, PairsInstance
from solvers.pairs.side.closing import close_side_constraints
from solvers.pairs.side.conflict import clash_by_themselves, clashing_pins
from solvers.pairs.side.constraints import broken_minimums, broken_rows
from solvers.pairs.side.split import split_at_last
from solvers.pairs.side.start import greedy_start
from solvers.pairs.solution import PairsAnswer
from solvers.pairs.stable.acceptance import Wishes, solve_stable
from solvers.result import Effort, Status, Tier


def solve(instance: PairsInstance, limits: Limits, wishes: Wishes | None = None) -> PairsAnswer:
    """Solve one instance within the limits; every answer that leaves here has passed the solver-free check.

    `wishes` are the sides' own rankings, for the order stable only. Status infeasible comes from pinned pairs
    and hard rules set by hand alone; `conflict` then names a smallest clashing set of them.
    """
    if instance.order is Order.STABLE:
        return solve_stable(instance, limits, wishes)
    answer = _solve(instance, limits)
    if answer.status is Status.INFEASIBLE:
        quiet = replace(limits, report=lambda _: None)
        clash = (
            clashing_pins(instance, limits)
            or clashing_pins(instance, limits, lambda reduced: clash_by_themselves(reduced, quiet))
            or clashing_pins(
                instance, limits, lambda reduced: _solve(reduced, quiet).status is Status.INFEASIBLE
            )
        )
        return replace(answer, conflict=clash)
    return answer


def _solve(instance: PairsInstance, limits: Limits) -> PairsAnswer:
    effort = Effort()
    network = build_network(instance)
    flow = PricedFlow(instance, limits, effort, network=network)
    try:
        flow.optimize(limits)
    except StuckError:
        return infeasible(effort)
    except OverTimeError:
        pass
    if flow.pairs is not None and _keeps_all(instance, network, flow.pairs):
        if instance.order is Order.FLOOR and flow.certified and instance.floor_on == "pair":
            return _with_floor(instance, network, flow, limits)
        if instance.order is not Order.FLOOR:
            return answer_from(instance, network, flow.pairs, flow.bound, flow)
    if flow.certified:
        return close_side_constraints(instance, flow, limits)
    with effort.phase("start"):
        split = None if flow.pairs is None else split_at_last(instance, flow)
        pairs = greedy_start(instance, network, flow.first) if split is None else split.pairs
    if pairs is None:
        return unknown(effort)
    return answer_from(instance, network, pairs, flow.bound, flow)


def _keeps_all(instance: PairsInstance, network: Network, pairs: Edges) -> bool:
    """Whether pairs that a flow chose keep the side constraints and minimum loads as well."""
    return not broken_rows(instance, network, pairs) and not len(broken_minimums(instance, pairs))


def _with_floor(instance: PairsInstance, network: Network, base: PricedFlow, limits: Limits) -> PairsAnswer:
    assert base.pairs is not None
    floor = raise_floor(base, limits)
    chosen = floor.flow
    assert chosen.pairs is not None
    if not _keeps_all(instance, network, chosen.pairs):
        return close_side_constraints(instance, base, limits)
    value = flow_value(network, instance, chosen.pairs)
    upper = tiers_from(network, value, base.bound)[:-1]
    reached = new_floor(instance, chosen.pairs)
    bound = None if reached is None else max(floor.bound, reached)
    settled = all(tier.proven for tier in upper) and reached == bound
    raised = Tier("floor", "max", reached, bound, settled)
    last = tiers_from(network, value, chosen.bound)[-1]
    if not settled:
        last = Tier(
            last.name, last.sense, last.value, last.bound, False, f"pairs with at least {reached} points"
        )
    return finish(
        instance,
        chosen.pairs,
        (*upper, raised, last),
        duals_from(network, chosen.potentials, chosen.least_points),
        base.effort,
        upper_duals=duals_from(network, base.potentials),
        floor_duals=floor.refuted,
    )
