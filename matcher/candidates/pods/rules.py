"""The hard rules of a seat: who may sit in which pod. This plain Python is the definition of record.

One rule is one small function that returns None where it holds, and else a sentence with the numbers. `RULES`
lists them once; a rule's place is its bit in the masks of `SeatTable.failed`. Rules on the group as a whole
(sizes, organizations, rivals, newcomers, a common language, the quorum) are the solver's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.candidates.pods.attendance import comes
from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.points import meets
from matcher.candidates.pods.targets import Target
from matcher.candidates.rules import Reason, leave_days
from matcher.domain.member import Member, Status

MemberCheck = Callable[[PodContext, Member], str | None]
SeatCheck = Callable[[PodContext, Member, Target], str | None]


@dataclass(frozen=True)
class SeatRule:
    """One hard rule: on a member, or on a member in a pod. Flags as in `matcher.candidates.rules.Rule`."""

    code: str
    sentence: str
    of_member: MemberCheck | None = None
    of_seat: SeatCheck | None = None
    secret: bool = False
    pin_overrides: bool = True
    spares_running: bool = False


def _left(_: PodContext, member: Member) -> str | None:
    return f"{member.name} has left." if member.status is Status.LEFT else None


def _on_leave(context: PodContext, member: Member) -> str | None:
    away, days = leave_days(context.program.cycle, member), context.calendar.days
    most = context.policy.most_leave_percent
    if away * 100 <= most * days:
        return None
    return f"{member.name} is on leave on {away} of the cycle's {days} days; {most} % are allowed."


def _capacity(_: PodContext, member: Member) -> str | None:
    return None if member.capacities.pods else f"{member.name} wants no pod now."


def _hours_left(context: PodContext, member: Member) -> str | None:
    left, needed = context.hours_left(member), context.policy.pod_hours
    if left >= needed:
        return None
    pairs, plans = (taken.get(member.id, 0) for taken in (context.pair_hours, context.plan_hours))
    others = f" and other plans {plans}" if plans else ""
    return (
        f"{member.name} has {member.hours_per_month} hours a month, of which pairs take {pairs}{others}; "
        f"a pod takes {needed}."
    )


def _competitors(context: PodContext, member: Member, target: Target) -> str | None:
    if target.sponsor is None or (member.organization, target.sponsor) not in context.rivals:
        return None
    return f"{member.organization} competes with the sponsor {target.sponsor}."


def _sponsor(_: PodContext, member: Member, target: Target) -> str | None:
    if target.presence != "absent" or member.organization != target.sponsor:
        return None
    return f"People of the sponsor {target.sponsor} stay out of this pod."


def _forbidden(context: PodContext, member: Member, target: Target) -> str | None:
    return "A coordinator forbade this seat." if (member.id, target.id) in context.forbidden else None


def _language(_: PodContext, member: Member, target: Target) -> str | None:
    if not target.languages or set(member.languages) & set(target.languages):
        return None
    spoken = ", ".join(member.languages) or "none"
    return f"{member.name} speaks {spoken}; the pod speaks {', '.join(target.languages)}."


def _skill(context: PodContext, member: Member, target: Target) -> str | None:
    if target.kind == "problem" or any(meets(context, member, need) for need in target.needs):
        return None
    name = context.skills.names[target.skill]
    return f"{member.name} neither offers {name} at level {target.level} nor seeks it."


def _slot(context: PodContext, member: Member, target: Target) -> str | None:
    if not context.policy.meetings:
        return None
    week = context.week(target.rhythm)
    best = 0
    for start, sessions in zip(week.start.tolist(), week.sessions.tolist(), strict=True):
        attended = comes(context, member, target.rhythm, start)
        if 2 * attended >= sessions:
            return None
        best = max(best, attended)
    return (
        f"At no weekly time can {member.name} come to half of the sessions; at best to {best} of "
        f"{max(week.sessions.tolist(), default=0)}."
    )


def _repeat(context: PodContext, member: Member, target: Target) -> str | None:
    if (member.id, target.source) in context.declined:
        return f"{member.name} declined this {target.kind} before."
    if (member.id, target.id) in context.rematch:
        return f"{member.name} asked to leave it."
    if target.kind == "circle":
        return None
    ago = context.ended.get((member.id, target.source))
    cycles = context.policy.repeat_after_cycles
    if ago is None or ago > cycles:
        return None
    return f"{member.name} was in this pod {ago} cycle{'s' if ago > 1 else ''} ago; {cycles} must pass."


RULES = (
    SeatRule("left", "The member has left.", of_member=_left, pin_overrides=False),
    SeatRule("on_leave", "The member is on leave for too much of the cycle.", of_member=_on_leave),
    SeatRule("capacity", "The member wants no pod.", of_member=_capacity, spares_running=True),
    SeatRule(
        "hours_left",
        "Pairs and other plans leave the member too few hours.",
        of_member=_hours_left,
        spares_running=True,
    ),
    SeatRule(
        "competitors",
        "The member's organization competes with the sponsor.",
        of_seat=_competitors,
        pin_overrides=False,
    ),
    SeatRule("sponsor", "The sponsor's people stay out of the pod.", of_seat=_sponsor),
    SeatRule("forbidden", "A coordinator forbade the seat.", of_seat=_forbidden, secret=True),
    SeatRule("language", "The member speaks none of the pod's languages.", of_seat=_language),
    SeatRule("skill", "The member neither offers nor seeks the circle's skill.", of_seat=_skill),
    SeatRule("slot", "At no weekly time can the member come to half of the sessions.", of_seat=_slot),
    SeatRule(
        "repeat",
        "The member was in this pod not long ago, declined it or asked to leave it.",
        of_seat=_repeat,
        spares_running=True,
    ),
)
CODES = tuple(rule.code for rule in RULES)
BIT = {code: bit for bit, code in enumerate(CODES)}
RULE = {rule.code: rule for rule in RULES}


def member_reasons(context: PodContext, member: Member) -> tuple[Reason, ...]:
    """The rules that keep a member out of every pod."""
    return tuple(
        Reason(rule.code, sentence, rule.secret, rule.pin_overrides)
        for rule in RULES
        if rule.of_member is not None and (sentence := rule.of_member(context, member)) is not None
    )


def reasons(context: PodContext, member: Member, target: Target) -> tuple[Reason, ...]:
    """Every rule that stands against a seat, in the order of `RULES`; empty if it is eligible.

    A running seat is spared by the rules that say so. Pins are not looked at.
    """
    running = (member.id, target.id) in context.running
    found = []
    for rule in RULES:
        if running and rule.spares_running:
            continue
        sentence = None
        if rule.of_member is not None:
            sentence = rule.of_member(context, member)
        elif rule.of_seat is not None:
            sentence = rule.of_seat(context, member, target)
        if sentence is not None:
            found.append(Reason(rule.code, sentence, rule.secret, rule.pin_overrides))
    return tuple(found)
