"""Why a member is in a pod or not, what else they could do, and why a pod runs: answers to one reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.pods.points import parts_of
from matcher.candidates.pods.rules import reasons
from matcher.domain.errors import InputError
from matcher.domain.explanation import Effect, RuleAgainst, SeatMove
from matcher.domain.pods_explanation import PodExplanation, SeatExplanation, SeatOption, SeatsExplanation
from matcher.planning.audience import SECRET_PARTS, Audience
from matcher.planning.pods.explain.asked import Asked
from matcher.planning.pods.explain.moves import moves_of
from matcher.planning.pods.reasons import rules_against, why_not_run
from matcher.planning.words import PRIVATE, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.candidates.rules import Reason
    from matcher.domain.pods_explanation import PersonMoves

NEAREST = 3
"""So many of the best options are told of a member."""

COORDINATOR = Audience()


def explain_seat(asked: Asked, member: str, pod: str, audience: Audience = COORDINATOR) -> SeatExplanation:
    """Why a member is in a pod, or why not, and what the other way would cost.

    Costs and other people are for coordinators. Raises UnknownIdError for strangers, InputError for one who
    takes no part, or where the reader may not ask.
    """
    _permitted(asked, audience, member)
    i, p = asked.number_of(member), asked.pod_number(pod)
    return _seat(asked, i, p, audience, moves_of(asked, member) if audience.sees_all else None)


def explain_member(asked: Asked, member: str, audience: Audience = COORDINATOR) -> SeatsExplanation:
    """How a member stands: their seats, or why they have none, and the best other options.

    Errors as in `explain_seat`; rules about themselves are told, not raised.
    """
    _permitted(asked, audience, member)
    left_out = tuple(
        RuleAgainst(code=one.rule, sentence=one.sentence)
        for one in asked.plan.left_out
        if one.member == member
    )
    if left_out and member not in asked.member:
        return SeatsExplanation(member=member, left_out=left_out, sentences=(left_out[0].sentence,))
    i = asked.number_of(member)
    moves = moves_of(asked, member) if audience.sees_all else None
    seats = tuple(_seat(asked, i, p, audience, moves) for p in asked.state.pods_of.get(i, []))
    sentences = [f"{asked.name(i)} is in {len(seats)} pod{'' if len(seats) == 1 else 's'}."]
    for row in asked.plan.unplaced:
        if row.member == member:
            sentences.append(row.sentence if audience.sees_all else row.public_sentence or row.sentence)
            sentences += row.repairs if audience.sees_all else ()
    return SeatsExplanation(
        member=member,
        seats=seats,
        nearest=moves.options[:NEAREST] if moves is not None else (),
        left_out=left_out,
        sentences=tuple(sentences),
    )


def explain_pod(asked: Asked, pod: str, audience: Audience = COORDINATOR) -> PodExplanation:
    """Why a problem or circle has a pod in the plan, or why not; for coordinators only.

    Raises UnknownIdError, and InputError for other readers.
    """
    if not audience.sees_all:
        raise InputError("Why a pod runs or not is for coordinators: ask about a member.")
    p = asked.pod_number(pod)
    members = asked.state.members[p]
    reason = None
    if members:
        sentence = f"{asked.title(p)} runs, with {counted(len(members), 'seat')}."
    else:
        placed = np.zeros(asked.instance.n_members, np.bool_)
        placed[asked.state.answer.seats.member] = True
        row = why_not_run(asked.prepared, p, placed)
        reason, sentence = row.reason, f"{asked.title(p)} does not run. {row.sentence}"
    return PodExplanation(
        pod=pod,
        title=asked.title(p),
        runs=bool(members),
        reason=reason,
        eligible=int(asked.instance.eligible[:, p].sum()),
        rules=rules_against(asked.prepared, p),
        sentences=(sentence,),
    )


def effect_of(options: Iterable[SeatOption], member: str) -> Effect | None:
    """The best of some options as what it does to the plan; None without one."""
    best = next(iter(options), None)
    if best is None:
        return None
    moves = []
    for who, out, into in ((member, best.source, best.target), (best.other, best.target, best.source)):
        if who is not None:
            moves += [SeatMove(member=who, pod=out, change="ends")] if out is not None else []
            moves += [SeatMove(member=who, pod=into, change="starts")] if into is not None else []
    return Effect(
        possible=True,
        exact=False,
        local=True,
        tiers=best.tiers,
        moves=tuple(moves),
        sentence=best.sentence,
    )


def _seat(asked: Asked, i: int, p: int, audience: Audience, moves: PersonMoves | None) -> SeatExplanation:
    table = asked.prepared.table
    member, target = table.members[i], table.targets[p]
    found = reasons(asked.prepared.context, member, target)
    together = asked.state.has_seat(i, p)
    pinned = (i, p) in asked.state.pins
    parts = parts_of(asked.prepared.context, member, target)
    row = asked.row.get(target.id)
    told = next((seat.why for seat in row.seats if seat.member == member.id), ()) if row is not None else ()
    sentences = [f"{member.name} is {'' if together else 'not '}in {target.title}.", *told]
    rules = _shown(found, audience)
    sentences += [rule.sentence for rule in rules]
    effect = None
    if moves is not None:
        if together:
            effect = effect_of((one for one in moves.options if one.source == target.id), member.id)
            sentences += ["The seat is fixed by hand."] if pinned else []
        else:
            effect = effect_of((one for one in moves.options if one.target == target.id), member.id)
            barred = next((one for one in moves.barred if one.pod == target.id), None)
            if barred is not None and not rules:
                sentences.append(barred.sentence)
        if effect is not None:
            sentences.append(f"{'Without the seat' if together else 'With it'}: {effect.sentence}")
    return SeatExplanation(
        member=member.id,
        pod=target.id,
        title=target.title,
        together=together,
        eligible=not found,
        pinned=pinned and audience.sees_all,
        points=sum(parts.values()) if audience.sees_all else None,
        parts={name: value for name, value in parts.items() if audience.sees_all or name not in SECRET_PARTS},
        rules=rules,
        effect=effect,
        sentences=tuple(sentences),
    )


def _shown(found: Iterable[Reason], audience: Audience) -> tuple[RuleAgainst, ...]:
    return tuple(
        PRIVATE_RULE
        if one.secret and not audience.sees_all
        else RuleAgainst(code=one.code, sentence=one.sentence, overridable=one.pin_overrides)
        for one in found
    )


PRIVATE_RULE = RuleAgainst(code="private", sentence=PRIVATE)


def _permitted(asked: Asked, audience: Audience, member: str) -> None:
    if not audience.may_ask((member,), asked.organization_of):
        raise InputError(f"{audience.kind} {audience.id!r} may not ask about {member!r}.")
