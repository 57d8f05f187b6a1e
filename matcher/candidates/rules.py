"""The hard rules: who may meet whom. This plain Python is the definition of record; kernels must agree.

One rule is one small function that returns None where it holds, and else a sentence with the numbers. `RULES`
lists them once, in the order in which every table shows them; a rule's place is its bit in the masks of
`Candidates.failed`. To add a rule: write its function, list it, and add its test in `kernel_pair.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.candidates.context import Context, bars_repeat, both
from matcher.domain.history import Ending
from matcher.domain.member import Member, Role, Status
from matcher.domain.program import Cycle

MemberCheck = Callable[[Context, Member, Role], str | None]
PairCheck = Callable[[Context, Member, Member], str | None]
PRIVATE = "Not eligible by a private rule."


@dataclass(frozen=True)
class Rule:
    """One hard rule: on a member in a role, or on a pair. `secret` ones are told to coordinators only.

    `pin_overrides`: a pin may set it aside. `spares_running`: it does not end a pair that runs.
    """

    code: str
    sentence: str
    of_member: MemberCheck | None = None
    of_pair: PairCheck | None = None
    secret: bool = False
    pin_overrides: bool = True
    spares_running: bool = False


@dataclass(frozen=True)
class Reason:
    """One rule that stands against a pair. Show `public_sentence` to anyone but coordinators."""

    code: str
    sentence: str
    secret: bool
    pin_overrides: bool

    @property
    def public_sentence(self) -> str:
        """The sentence, without what is secret."""
        return PRIVATE if self.secret else self.sentence


def roles_of(member: Member) -> frozenset[Role]:
    """The roles named by the profile; without any, learner if something is sought, guide if offered."""
    if member.roles:
        return member.roles
    sides = ((Role.LEARNER, member.seeks), (Role.GUIDE, member.offers))
    return frozenset(role for role, listed in sides if listed)


def leave_days(cycle: Cycle, member: Member) -> int:
    """Days of a cycle on which a member is on leave."""
    away: set[int] = set()
    for leave in member.leave:
        first, last = max(leave.start, cycle.start), min(leave.end, cycle.end)
        away.update(range(first.toordinal(), last.toordinal() + 1))
    return len(away)


def places_of(context: Context, member: Member, role: Role) -> int:
    """Pairs that a member's wishes and hours a month allow in a role."""
    policy, wanted = context.policy, member.capacities
    most, cost = wanted.guides_wanted, policy.learner_hours
    if role is Role.GUIDE:
        most, cost = wanted.learners, policy.guide_hours
    return min(most, member.hours_per_month // cost) if cost else most


def _left(_: Context, member: Member, __: Role) -> str | None:
    return f"{member.name} has left." if member.status is Status.LEFT else None


def _on_leave(context: Context, member: Member, _: Role) -> str | None:
    away, days = leave_days(context.program.cycle, member), context.calendar.days
    most = context.policy.most_leave_percent
    if away * 100 <= most * days:
        return None
    return f"{member.name} is on leave on {away} of the cycle's {days} days; {most} % are allowed."


def _role(_: Context, member: Member, role: Role) -> str | None:
    return None if role in roles_of(member) else f"{member.name} does not take part as a {role}."


def _capacity(context: Context, member: Member, role: Role) -> str | None:
    if places_of(context, member, role) > 0:
        return None
    policy, wanted = context.policy, member.capacities
    people = wanted.guides_wanted if role is Role.LEARNER else wanted.learners
    cost = policy.learner_hours if role is Role.LEARNER else policy.guide_hours
    if people == 0:
        return f"{member.name} wants no {'guide' if role is Role.LEARNER else 'learner'} now."
    return f"{member.name} has {member.hours_per_month} hours a month; one pair as a {role} takes {cost}."


def _own_organization(_: Context, learner: Member, guide: Member) -> str | None:
    if learner.organization != guide.organization:
        return None
    return f"Both belong to {learner.organization}."


def _own_group(context: Context, learner: Member, guide: Member) -> str | None:
    if learner.organization == guide.organization:
        return None
    group = context.groups.get(learner.organization)
    if group is None or group != context.groups.get(guide.organization):
        return None
    return f"{learner.organization} and {guide.organization} both belong to the group {group}."


def _competitors(context: Context, learner: Member, guide: Member) -> str | None:
    if learner.organization == guide.organization:
        return None
    if (learner.organization, guide.organization) not in context.rivals:
        return None
    return f"{learner.organization} and {guide.organization} are competitors."


def _avoid(_: Context, learner: Member, guide: Member) -> str | None:
    who = [a.name for a, b in ((learner, guide), (guide, learner)) if b.id in a.avoids]
    return f"{' and '.join(who)} asked not to meet the other." if who else None


def _forbidden(context: Context, learner: Member, guide: Member) -> str | None:
    if context.pins.get((learner.id, guide.id)) != "not_pair":
        return None
    return "A coordinator forbade this pair."


def _language(_: Context, learner: Member, guide: Member) -> str | None:
    if set(learner.languages) & set(guide.languages):
        return None
    spoken = [", ".join(member.languages) or "none" for member in (learner, guide)]
    return f"No common language: {spoken[0]} against {spoken[1]}."


def _seniority(context: Context, learner: Member, guide: Member) -> str | None:
    bounds = context.policy.seniority_gap.of(context.kind)
    gap = guide.seniority - learner.seniority
    if bounds.least <= gap <= bounds.most:
        return None
    return (
        f"The guide stands {gap:+d} steps from the learner (seniority {guide.seniority} against "
        f"{learner.seniority}); {context.kind} allows {bounds.least:+d} to {bounds.most:+d}."
    )


def _skill(context: Context, learner: Member, guide: Member) -> str | None:
    if not context.policy.skill_required:
        return None
    skills, nearest = context.skills, []
    offers = [(skills.number(offer.skill, guide.id), offer.level) for offer in guide.offers]
    for seek in learner.seeks:
        sought = skills.number(seek.skill, learner.id)
        for offered, level in offers:
            if skills.strength(sought, offered):
                if level >= seek.level:
                    return None
                nearest.append(
                    f"{skills.ids[offered]} {level} where {skills.ids[sought]} {seek.level} is sought"
                )
    if not learner.seeks:
        return f"{learner.name} seeks no skill."
    sought_names = ", ".join(f"{seek.skill} {seek.level}" for seek in learner.seeks)
    if nearest:
        return f"No sought skill is offered at the level sought; nearest: {'; '.join(nearest[:3])}."
    return f"None of the sought skills ({sought_names}) nor a related one is offered."


def _hours(context: Context, learner: Member, guide: Member) -> str | None:
    minutes, days = context.common_minutes(learner, guide), context.calendar.days
    needed = context.policy.min_common_hours
    if minutes * 30 >= needed * 60 * days:
        return None
    month = minutes * 30 // days
    return (
        f"Common free time is {month // 60} h {month % 60:02d} min a month "
        f"({minutes // 60} h {minutes % 60:02d} min in the cycle); {needed} h a month are needed."
    )


def _repeat(context: Context, learner: Member, guide: Member) -> str | None:
    key = both(learner.id, guide.id)
    if key in context.rematch:
        return "Their running pair was asked to end."
    cycles = context.policy.repeat_after_cycles
    barring = [pair for pair in context.ended.get(key, ()) if bars_repeat(pair, cycles)]
    if not barring:
        return None
    if any(pair.ending is Ending.DECLINED for pair in barring):
        return "One of them declined this pair before."
    latest = min(pair.cycles_ago for pair in barring)
    return f"They met as a pair {latest} cycle{'s' if latest > 1 else ''} ago; {cycles} must pass."


RULES = (
    Rule("left", "The member has left.", of_member=_left, pin_overrides=False),
    Rule("on_leave", "The member is on leave for too much of the cycle.", of_member=_on_leave),
    Rule("role", "The member does not take part in this role.", of_member=_role),
    Rule("capacity", "The member has no place or no hours left.", of_member=_capacity, spares_running=True),
    Rule(
        "own_organization",
        "Both belong to one organization.",
        of_pair=_own_organization,
        pin_overrides=False,
    ),
    Rule("own_group", "Their organizations belong to one group.", of_pair=_own_group),
    Rule("competitors", "Their organizations are competitors.", of_pair=_competitors, pin_overrides=False),
    Rule("avoid", "One of them avoids the other.", of_pair=_avoid, secret=True, pin_overrides=False),
    Rule("forbidden", "A coordinator forbade the pair.", of_pair=_forbidden, secret=True),
    Rule("language", "They have no language in common.", of_pair=_language),
    Rule("seniority", "The seniority gap is out of bounds.", of_pair=_seniority),
    Rule("skill", "No sought skill is offered at a sufficient level.", of_pair=_skill),
    Rule("hours", "They have too little free time in common.", of_pair=_hours),
    Rule("repeat", "They were a pair not long ago, or declined.", of_pair=_repeat, spares_running=True),
)
CODES = tuple(rule.code for rule in RULES)
BIT = {code: bit for bit, code in enumerate(CODES)}
RULE = {rule.code: rule for rule in RULES}


def member_reasons(context: Context, member: Member, role: Role) -> tuple[Reason, ...]:
    """The member rules that keep a member from a role."""
    found = []
    for rule in RULES:
        sentence = rule.of_member(context, member, role) if rule.of_member else None
        if sentence is not None:
            found.append(Reason(rule.code, sentence, rule.secret, rule.pin_overrides))
    return tuple(found)


def reasons(context: Context, learner: Member, guide: Member) -> tuple[Reason, ...]:
    """Every rule that stands against a pair, in the order of `RULES`; empty if it is eligible.

    A running pair is spared by the rules that say so. Pins that force a pair are not looked at: they override
    those reasons whose `pin_overrides` is set.
    """
    running = context.is_running(learner, guide)
    found = []
    for rule in RULES:
        if running and rule.spares_running:
            continue
        sentences = []
        if rule.of_member is not None:
            sides = ((learner, Role.LEARNER), (guide, Role.GUIDE))
            sentences = [rule.of_member(context, member, role) for member, role in sides]
        if rule.of_pair is not None:
            sentences = [rule.of_pair(context, learner, guide)]
        found += [Reason(rule.code, s, rule.secret, rule.pin_overrides) for s in sentences if s is not None]
    return tuple(found)


def eligible(context: Context, learner: Member, guide: Member) -> bool:
    """Whether every rule lets the two meet."""
    return not reasons(context, learner, guide)
