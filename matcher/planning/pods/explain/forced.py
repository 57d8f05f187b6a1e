"""What a seat or a pod costs when the whole is solved around it: the best answer found, and the least it can
cost."""

from __future__ import annotations

from matcher.domain.errors import InputError
from matcher.domain.explanation import Effect, SeatMove
from matcher.domain.plan import Outcome
from matcher.domain.pods_explanation import PodExplanation, SeatExplanation
from matcher.planning.audience import Audience
from matcher.planning.effects import cost_words, tier_effects
from matcher.planning.pods.explain.asked import Asked
from matcher.planning.pods.explain.explain import COORDINATOR, explain_pod, explain_seat
from matcher.planning.pods.reasons import NO_GROUP
from matcher.planning.words import counted, tier_words
from solvers.limits import Limits
from solvers.pods.explain import forcing
from solvers.result import Status, TierValue


def solve_around_seat(
    asked: Asked, member: str, pod: str, limits: Limits, audience: Audience = COORDINATOR
) -> SeatExplanation:
    """As `explain_seat`, for coordinators; its effect is that of the best answer found without the seat,
    where the member has it, else with it, from the plan as it is.

    Errors as in `explain_seat`; also InputError for other readers.
    """
    if not audience.sees_all:
        raise InputError("What the whole plan would become is for coordinators.")
    seat = explain_seat(asked, member, pod)
    i, p = asked.number_of(member), asked.pod_number(pod)
    together = asked.state.has_seat(i, p)
    if together and (i, p) in asked.state.pins:
        asked = asked.freed([(member, pod)])
    ask = forcing.forbid if together else forcing.force
    effect = _effect(asked, ask(asked.state, [(i, p)], limits, proven=_proven(asked)))
    return seat.model_copy(update={"effect": effect, "sentences": (*seat.sentences, _told(effect))})


def solve_around_pod(
    asked: Asked, pod: str, limits: Limits, audience: Audience = COORDINATOR
) -> PodExplanation:
    """As `explain_pod`; its effect is that of the best answer found without the pod, where it runs, else with
    it. Errors as in `explain_pod`."""
    found = explain_pod(asked, pod, audience)
    p = asked.pod_number(pod)
    if found.reason in NO_GROUP:
        effect = Effect(possible=False, exact=True, sentence="So it cannot run, whatever the others do.")
        return found.model_copy(update={"effect": effect, "sentences": (*found.sentences, effect.sentence)})
    if found.runs and (asked.instance.pods[p].must_run or asked.state.pinned_to(p)):
        told = "It must run, by the network's document or by seats that are fixed by hand."
        return found.model_copy(update={"sentences": (*found.sentences, told)})
    ask = forcing.close if found.runs else forcing.run
    effect = _effect(asked, ask(asked.state, p, limits, proven=_proven(asked)))
    return found.model_copy(update={"effect": effect, "sentences": (*found.sentences, _told(effect))})


def _proven(asked: Asked) -> bool:
    return asked.plan.status is Outcome.OPTIMAL


def _told(effect: Effect) -> str:
    return f"Solved around it: {effect.sentence}"


def _effect(asked: Asked, found: forcing.Outcome) -> Effect:
    if not found.tiers:
        return Effect(possible=False, exact=found.exact, sentence=_impossible(found))
    tiers = tier_effects(
        asked.state.tiers, [TierValue(tier.name, tier.sense, tier.after) for tier in found.tiers]
    )
    names = asked.instance
    ids, pods = names.member_ids, names.pod_ids
    moves = [SeatMove(member=ids[m], pod=pods[q], change="ends") for m, q in found.dropped]
    moves += [SeatMove(member=ids[m], pod=pods[q], change="starts") for m, q in found.added]
    moved = counted(len({move.member for move in moves}), "member")
    told = f"{cost_words(tiers)} {moved} would sit elsewhere. {_proof(found)}"
    if found.aside:
        told += " Apart from that a better plan was found: solve it again."
    return Effect(
        possible=True,
        exact=found.exact,
        local=not found.exact,
        tiers=tiers,
        moves=tuple(moves),
        sentence=told,
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
