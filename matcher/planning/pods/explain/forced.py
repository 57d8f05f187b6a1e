"""What a seat costs when the whole is solved around it: the best answer found, and the least it can cost."""

from __future__ import annotations

from matcher.domain.explanation import Effect, SeatMove
from matcher.domain.plan import Outcome
from matcher.planning.effects import cost_words, tier_effects
from matcher.planning.pods.explain.asked import Asked
from matcher.planning.words import counted, tier_words
from solvers.limits import Limits
from solvers.pods.explain import forcing
from solvers.result import Status, TierValue


def forced_effect(asked: Asked, member: str, pod: str, limits: Limits) -> Effect:
    """What the plan becomes without the seat, where the member has it, else with it.

    Solved around it within `limits`, from the plan as it is. Raises UnknownIdError, and InputError for one
    who takes no part.
    """
    i, p = asked.number_of(member), asked.pod_number(pod)
    proven = asked.plan.status is Outcome.OPTIMAL
    together = asked.state.has_seat(i, p)
    if together and (i, p) in asked.state.pins:
        asked = asked.freed([(member, pod)])
    ask = forcing.forbid if together else forcing.force
    found = ask(asked.state, [(i, p)], limits, proven=proven)
    if not found.tiers:
        return Effect(possible=False, exact=found.exact, sentence=_impossible(found))
    tiers = tier_effects(
        asked.state.tiers, [TierValue(tier.name, tier.sense, tier.after) for tier in found.tiers]
    )
    names = asked.instance
    ids, pods = names.member_ids, names.pod_ids
    moves = [SeatMove(member=ids[m], pod=pods[q], change="ends") for m, q in found.dropped]
    moves += [SeatMove(member=ids[m], pod=pods[q], change="starts") for m, q in found.added]
    moved = len({move.member for move in moves})
    return Effect(
        possible=True,
        exact=found.exact,
        local=not found.exact,
        tiers=tiers,
        moves=tuple(moves),
        sentence=f"{cost_words(tiers)} {counted(moved, 'member')} would sit elsewhere. {_proof(found)}",
    )


def _proof(found: forcing.Outcome) -> str:
    tier = found.decisive
    if found.exact or tier is None:
        return "That is exact." if found.exact else "That is the best found, not proven."
    least = found.least_cost
    words = tier_words(tier.name)
    if not least:
        return "That is the best found; it is not proven to cost anything."
    return f"That is the best found; it costs at least {least:,} in {words}."


def _impossible(found: forcing.Outcome) -> str:
    if found.status is not Status.INFEASIBLE:
        return "No answer with that was found in time."
    return f"No answer is possible with that: {', '.join(found.conflict)} contradict each other."
