"""Turns change hands in a rota that was made: judged, priced, and written as the next revision."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.domain.plan import PlanTier
from matcher.domain.rota_explanation import ExchangePrice, LedgerEffect
from matcher.domain.rota_plan import RotaPerson, RotaPlan
from matcher.planning import outcome
from matcher.planning.rota import report
from matcher.planning.rota.explain.asked import Asked, Clash
from matcher.planning.rota.proof import (
    GIVEN,
    TURNS,
    Rests,
    fewest_open,
    given,
    in_order,
    outcome_of,
    searched_in,
)
from matcher.planning.rota.verify import objections

Handed = tuple[int, str]
"""A turn, and who takes it from now on."""


def exchanged(asked: Asked, handed: Sequence[Handed]) -> tuple[RotaPlan, ExchangePrice]:
    """The plan after turns change hands, everything else as it is, and what that does to it and to ledgers.

    Turns of the frozen days may change hands too. Bounds of tiers hold as they were, but for those that rest
    on frozen turns which now change hands: they have none any more. What is no longer reached is no longer
    called proven. Raises `Clash` that names the rule, where one does not allow it.
    """
    asked = asked.released([turn for turn, _ in handed])
    changes = {turn: asked.row(member) for turn, member in handed}
    person = asked.after(changes)
    off = asked.objections(person)
    if off:
        raise Clash(f"The turns cannot change hands. {off[0]}")
    effect = asked.effect(person)
    values = {one.tier: one.after for one in effect.tiers}
    near = not changes.keys().isdisjoint(asked.near)
    tiers = _resting(asked, _tiers(asked.plan.tiers, values, near))
    wrong = objections(asked.prepared, asked.standing.times, asked.standing.slots, asked.turns, person, tiers)
    if wrong:
        raise outcome.AuditFailure(wrong)
    rows = report.rows(asked.prepared, asked.standing.times, asked.turns, person)
    status, sentence = outcome_of(tiers)
    plan = RotaPlan.model_validate(
        {
            **dict(asked.plan),
            **rows,
            "tiers": tiers,
            "value": tiers[-1].value,
            "bound": tiers[-1].bound,
            "status": status,
            "sentence": sentence,
        }
    )
    concerned = dict.fromkeys(
        asked.prepared.people[i].id
        for turn, i in (*((t, asked.person[t]) for t in changes), *changes.items())
        if i >= 0
    )
    ledgers = tuple(_ledger(one, asked.plan, plan) for one in concerned)
    price = ExchangePrice(effect=effect, ledgers=ledgers, sentences=(effect.sentence, *map(_told, ledgers)))
    return plan, price


def _tiers(before: Sequence[PlanTier], values: dict[str, int | None], unbound: bool) -> list[PlanTier]:
    """The tiers with new values, in order; of leximin the levels that loads have now. `unbound`: bounds of
    turns rest on what does not hold any more; none below zero is one all the same."""
    known = {one.name: one for one in before}
    turns: list[PlanTier] = []
    for name, value in values.items():
        old = known.get(name)
        if old is None:
            old = next(iter(known.values())).model_copy(
                update={"name": name, "sense": "min", "bound": 0, "condition": None}
            )
        elif name.startswith(f"{TURNS}load_at_least_") and not value:
            continue
        bound = old.bound
        if unbound:
            bound = 0 if old.sense == "min" else None
        turns.append(old.model_copy(update={"value": value, "bound": bound, "proven": old.proven or unbound}))
    times = [one for one in before if not one.name.startswith(TURNS)]
    proven, out = True, []
    for one in in_order(times, turns, lambda one: one.name.partition(".")[2]):
        proven = proven and one.proven and one.value == one.bound
        out.append(one.model_copy(update={"proven": proven}))
    return out


def _resting(asked: Asked, tiers: list[PlanTier]) -> tuple[PlanTier, ...]:
    """The tiers, each that rests on the meeting times saying so."""
    resting = given(fewest_open(asked.prepared, asked.turns), tiers, searched_in(tiers))
    out = []
    for one, rests in zip(tiers, resting, strict=True):
        told = one.condition or ""
        if rests is Rests.TIMES and GIVEN not in told:
            one = one.model_copy(update={"condition": "; ".join(filter(None, (GIVEN, told)))})
        out.append(one)
    return tuple(out)


def _ledger(member: str, before: RotaPlan, after: RotaPlan) -> LedgerEffect:
    old, new = (_row(plan, member) for plan in (before, after))
    return LedgerEffect(
        member=member,
        turns_before=sum(old.turns.values()),
        turns_after=sum(new.turns.values()),
        load_before=old.load,
        load_after=new.load,
        burden_before=old.turn_burden,
        burden_after=new.turn_burden,
    )


def _row(plan: RotaPlan, member: str) -> RotaPerson:
    return next((one for one in plan.people if one.member == member), RotaPerson(member=member))


def _told(one: LedgerEffect) -> str:
    return (
        f"{one.member}: {one.turns_before} to {one.turns_after} turns, unsocial burden of them "
        f"{one.burden_before} to {one.burden_after}."
    )
