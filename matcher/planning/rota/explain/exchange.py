"""Turns change hands in a rota that was made: judged, priced, and written as the next revision."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.domain.plan import PlanTier
from matcher.domain.rota_explanation import ExchangePrice, LedgerEffect
from matcher.domain.rota_plan import RotaPerson, RotaPlan
from matcher.planning import outcome
from matcher.planning.rota import report
from matcher.planning.rota.explain.asked import Asked, Clash
from matcher.planning.rota.proof import TURNS, outcome_of
from matcher.planning.rota.verify import objections

Handed = tuple[int, str]
"""A turn, and who takes it from now on."""


def exchanged(asked: Asked, handed: Sequence[Handed]) -> tuple[RotaPlan, ExchangePrice]:
    """The plan after turns change hands, everything else as it is, and what that does to it and to ledgers.

    Bounds of tiers hold as they were; what is no longer reached is no longer called proven. Raises `Clash`
    that names the rule, where one does not allow it.
    """
    changes = {turn: asked.row(member) for turn, member in handed}
    person = asked.after(changes)
    off = asked.objections(person)
    if off:
        raise Clash(f"The turns cannot change hands. {off[0]}")
    effect = asked.effect(person)
    values = {one.tier: one.after for one in effect.tiers}
    tiers = _tiers(asked.plan.tiers, values)
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


def _tiers(before: Sequence[PlanTier], values: dict[str, int | None]) -> tuple[PlanTier, ...]:
    """The tiers with new values; of leximin the levels that loads have now."""
    kept = [one for one in before if not one.name.startswith(TURNS)]
    known = {one.name: one for one in before}
    proven = all(one.proven for one in kept)
    for name, value in values.items():
        old = known.get(name)
        if old is None:
            old = next(iter(known.values())).model_copy(
                update={"name": name, "sense": "min", "bound": 0, "condition": None}
            )
        elif name.startswith(f"{TURNS}load_at_least_") and not value:
            continue
        proven = proven and old.proven and value == old.bound
        kept.append(old.model_copy(update={"value": value, "proven": proven}))
    return tuple(kept)


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
