"""The hard rules of a turn: who may facilitate which session. This plain Python is the definition of record.

One rule is one small function that returns None where it holds, and else a sentence. `RULES` lists them once,
those that look at less first: a member, a member in a role, in a group, at a session. Rules over several
turns (spacing, caps, hours in total, one organization) are the solver's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.candidates.rota.context import RotaContext
from matcher.candidates.rota.groups import RotaGroup
from matcher.candidates.rules import Reason
from matcher.domain.member import Member, Status, Training
from matcher.domain.rota_policy import RoleName

MemberCheck = Callable[[RotaContext, Member], str | None]
RoleCheck = Callable[[RotaContext, Member, RoleName], str | None]
GroupCheck = Callable[[RotaContext, Member, RotaGroup], str | None]
StepCheck = Callable[[RotaContext, Member, RotaGroup, int], str | None]

LEVELS = (Training.NONE, Training.SHADOW, Training.CO, Training.LEAD)


@dataclass(frozen=True)
class TurnRule:
    """One hard rule, on as much as its check looks at. Flags as in `matcher.candidates.rules.Rule`."""

    code: str
    sentence: str
    of_member: MemberCheck | None = None
    of_role: RoleCheck | None = None
    of_group: GroupCheck | None = None
    of_step: StepCheck | None = None
    secret: bool = False
    pin_overrides: bool = True


def level_of(context: RotaContext, member: Member, more_shadow: int = 0, more_co: int = 0) -> Training:
    """How far somebody is trained, the ladder included: who has shadowed often enough may co-facilitate, who
    has co-facilitated often enough may lead. `more_...`: turns on top of the ledger."""
    level, ladder = member.training, context.policy.ladder
    if level is Training.SHADOW and member.ledger.shadow + more_shadow >= ladder.shadow:
        level = Training.CO
    if level is Training.CO and member.ledger.co + more_co >= ladder.co:
        level = Training.LEAD
    return level


def may_take(level: Training, role: RoleName) -> bool:
    """Whether somebody trained so far may take a role. Only those who still learn to help shadow."""
    if role == "shadow":
        return level is Training.SHADOW
    return level is Training.LEAD if role == "lead" else level in (Training.CO, Training.LEAD)


def _left(_: RotaContext, member: Member) -> str | None:
    return f"{member.name} has left." if member.status is Status.LEFT else None


def _capacity(_: RotaContext, member: Member) -> str | None:
    return None if member.capacities.facilitations else f"{member.name} facilitates no sessions now."


def _training(context: RotaContext, member: Member, role: RoleName) -> str | None:
    level = level_of(context, member)
    if may_take(level, role):
        return None
    if role == "shadow" and level is not Training.NONE:
        return f"{member.name} is past shadowing."
    return f"{member.name} is not trained for it (training: {level})."


def _hours_left(context: RotaContext, member: Member, group: RotaGroup) -> str | None:
    left, needed = context.budget(member), context.turn_minutes(group, member.id)
    if left >= needed:
        return None
    taken = context.hours_taken.get(member.id, 0)
    return (
        f"{member.name} has {member.hours_per_month} hours a month, of which pairs and pods take {taken}; "
        f"a turn takes {needed} minutes."
    )


def _expert(_: RotaContext, member: Member, group: RotaGroup) -> str | None:
    return f"{member.name} is the expert: somebody else moderates." if member.id == group.expert else None


def _source(context: RotaContext, member: Member, group: RotaGroup) -> str | None:
    source = context.policy.source
    if source == "members" and member.id not in group.members:
        return f"{member.name} is not a member of the group."
    if source == "neutral" and member.organization in _organizations(context, group):
        return f"{member.organization} has members in the group."
    return None


def _competitors(context: RotaContext, member: Member, group: RotaGroup) -> str | None:
    if group.kind == "forum" or member.id in group.members:
        return None
    others = _organizations(context, group) | ({group.sponsor} if group.sponsor else set())
    found = sorted(other for other in others if (member.organization, other) in context.rivals)
    return f"{member.organization} competes with {found[0]}." if found else None


def _avoids(context: RotaContext, member: Member, group: RotaGroup) -> str | None:
    found = sorted(context.avoided.get(member.id, frozenset()) & set(group.members))
    return f"{member.name} and {context.members[found[0]].name} avoid each other." if found else None


def _language(_: RotaContext, member: Member, group: RotaGroup) -> str | None:
    if not group.languages or set(member.languages) & set(group.languages):
        return None
    return f"{member.name} speaks {', '.join(member.languages)}; the group {', '.join(group.languages)}."


def _taken(code: str, sentence: str) -> StepCheck:
    def check(context: RotaContext, member: Member, group: RotaGroup, step: int) -> str | None:
        mask = ((1 << context.length(group)) - 1) << step
        if not context.taken_by(member)[code] & mask:
            return None
        return sentence.format(name=member.name, at=context.wall(group, step))

    return check


def _available(context: RotaContext, member: Member, group: RotaGroup, step: int) -> str | None:
    mask = ((1 << context.length(group)) - 1) << step
    if context.calendar.template(member) & mask == mask:
        return None
    return f"{member.name} has not offered the time from {context.wall(group, step)}, or sleeps."


def _organizations(context: RotaContext, group: RotaGroup) -> set[str]:
    return {context.members[one].organization for one in group.members}


RULES = (
    TurnRule("left", "The member has left.", of_member=_left, pin_overrides=False),
    TurnRule("facilitations", "The member facilitates no sessions.", of_member=_capacity),
    TurnRule("training", "The member is not trained for the role, or is past it.", of_role=_training),
    TurnRule("hours_left", "Pairs and pods leave the member too few hours.", of_group=_hours_left),
    TurnRule("expert", "The expert of a forum does not moderate it.", of_group=_expert),
    TurnRule("source", "The policy takes facilitators from elsewhere.", of_group=_source),
    TurnRule(
        "competitors",
        "The member's organization competes with one in the group, or with its sponsor.",
        of_group=_competitors,
        pin_overrides=False,
    ),
    TurnRule(
        "avoids",
        "Nobody facilitates a group of somebody who avoids them, or whom they avoid.",
        of_group=_avoids,
        secret=True,
        pin_overrides=False,
    ),
    TurnRule("language", "The member speaks none of the group's languages.", of_group=_language),
    TurnRule("available", "The member has not offered the time, or it is night there.", of_step=_available),
    TurnRule("busy", "The member is busy then.", of_step=_taken("busy", "{name} is busy at {at}.")),
    TurnRule(
        "on_leave", "The member is on leave then.", of_step=_taken("on_leave", "{name} is on leave at {at}.")
    ),
    TurnRule(
        "holiday",
        "It is a public holiday where the member is.",
        of_step=_taken("holiday", "{name} has a public holiday at {at}."),
    ),
    TurnRule(
        "in_session",
        "The member is in another session then.",
        of_step=_taken("in_session", "{name} is in another session at {at}."),
    ),
)
RULE = {rule.code: rule for rule in RULES}


def standing_reasons(
    context: RotaContext, member: Member, group: RotaGroup, role: RoleName
) -> tuple[Reason, ...]:
    """The rules against somebody in a role of a group, whenever it meets."""
    found = []
    for rule in RULES:
        sentence = None
        if rule.of_member is not None:
            sentence = rule.of_member(context, member)
        elif rule.of_role is not None:
            sentence = rule.of_role(context, member, role)
        elif rule.of_group is not None:
            sentence = rule.of_group(context, member, group)
        if sentence is not None:
            found.append(Reason(rule.code, sentence, rule.secret, rule.pin_overrides))
    return tuple(found)


def step_reasons(context: RotaContext, member: Member, group: RotaGroup, step: int) -> tuple[Reason, ...]:
    """The rules against somebody at one session of a group, which begins at a step."""
    return tuple(
        Reason(rule.code, sentence, rule.secret, rule.pin_overrides)
        for rule in RULES
        if rule.of_step is not None and (sentence := rule.of_step(context, member, group, step)) is not None
    )
