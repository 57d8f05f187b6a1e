"""The second audit: every pair of an answer against the rules and points in plain Python, on the profiles.

It knows nothing of kernels, packed arrays or solvers, so a mistake in those cannot hide here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.candidates.context import Context
from matcher.candidates.points import parts_of
from matcher.candidates.rules import RULE, member_reasons, places_of, reasons
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member, Role
from matcher.domain.plan import PlanPair
from matcher.domain.policy import Changes
from matcher.planning.findings import Objection

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.policy import Kind, PairPolicy
    from matcher.domain.program import Program


@dataclass(frozen=True)
class Profiles:
    """The profiles that a check needs, the context of the rules, and hours that other kinds of pairs take."""

    context: Context
    members: Mapping[str, Member]
    other_hours: Mapping[str, int]


def gather(
    source: NetworkSource, program: Program, policy: PairPolicy, kind: Kind, wanted: Iterable[str]
) -> Profiles:
    """Read the document again, keeping only the `wanted` members."""
    keep = set(wanted)
    members: dict[str, Member] = {}
    hours: dict[str, int] = {}

    def watched() -> Iterator[Member | EndedPair | RunningPair]:
        for record in source.people():
            if isinstance(record, Member):
                if record.id in keep:
                    members[record.id] = record
            elif isinstance(record, RunningPair) and record.kind is not kind and not record.rematch:
                hours[record.learner] = hours.get(record.learner, 0) + policy.learner_hours
                hours[record.guide] = hours.get(record.guide, 0) + policy.guide_hours
            yield record

    return Profiles(Context.of(source.header, watched(), program, policy, kind), members, hours)


def check_pairs(
    profiles: Profiles, pairs: Iterable[PlanPair], running: Iterable[tuple[str, str]]
) -> list[Objection]:
    """Rules and points of each pair, and each person's places and hours. Empty when all is well.

    `running`: pairs that were protected; a person's places are at least the running pairs, and where a rule
    stands against the person, at least the forced ones.
    """
    context, members = profiles.context, profiles.members
    off: list[Objection] = []
    guides_of: Counter[str] = Counter()
    learners_of: Counter[str] = Counter()
    forced_of: Counter[tuple[str, Role]] = Counter()
    held: Counter[tuple[str, Role]] = Counter()
    running = set(running)
    freezes = context.policy.changes is Changes.FROZEN
    seen: set[tuple[str, str]] = set()
    for pair in pairs:
        about = f"{pair.learner} - {pair.guide}"
        if (pair.learner, pair.guide) in seen:
            off.append(Objection("twice", about, "the pair is listed twice"))
            continue
        seen.add((pair.learner, pair.guide))
        learner, guide = members.get(pair.learner), members.get(pair.guide)
        if learner is None or guide is None:
            missing = pair.learner if learner is None else pair.guide
            off.append(Objection("stranger", about, f"{missing} is not in the network"))
            continue
        guides_of[learner.id] += 1
        learners_of[guide.id] += 1
        forced = context.pins.get((learner.id, guide.id)) == "pair"
        for key in ((learner.id, Role.LEARNER), (guide.id, Role.GUIDE)):
            forced_of[key] += forced
            held[key] += forced or (freezes and (learner.id, guide.id) in running)
        off.extend(_rules(context, learner, guide, pair, forced))
        parts = parts_of(context, learner, guide)
        if pair.parts != parts:
            wrong = [f"{name} {pair.parts.get(name)} (is {value})" for name, value in parts.items()]
            wrong = [
                text for text, name in zip(wrong, parts, strict=True) if pair.parts.get(name) != parts[name]
            ]
            off.append(
                Objection("parts", about, f"parts of points differ: {', '.join(wrong) or 'unknown names'}")
            )
        if pair.points != sum(parts.values()):
            sentence = f"says {pair.points} points, the rules of points give {sum(parts.values())}"
            off.append(Objection("points", about, sentence))
    for role, used in ((Role.LEARNER, guides_of), (Role.GUIDE, learners_of)):
        ran = Counter(pair[0 if role is Role.LEARNER else 1] for pair in running | context.running)
        off.extend(_places(profiles, used, role, ran, forced_of))
    off.extend(_hours(profiles, guides_of, learners_of, held))
    if not context.policy.both_ways:
        for learner_id, guide_id in sorted(seen):
            if learner_id < guide_id and (guide_id, learner_id) in seen:
                sentence = "they guide each other, which the policy forbids"
                off.append(Objection("both_ways", f"{learner_id} - {guide_id}", sentence))
    return off


def _rules(
    context: Context, learner: Member, guide: Member, pair: PlanPair, forced: bool
) -> Iterator[Objection]:
    """Hard rules that stand against a pair and that no pin sets aside."""
    about = f"{learner.id} - {guide.id}"
    found = reasons(context, learner, guide)
    if pair.pinned and forced:
        missing = [reason.code for reason in found if reason.code not in pair.overrides]
        for reason in found:
            if not reason.pin_overrides:
                yield Objection("rule", about, f"{reason.code} may not be overridden: {reason.sentence}")
        if missing:
            yield Objection("overrides", about, f"overrides {', '.join(missing)} without saying so")
        said = [code for code in pair.overrides if code in RULE and code not in {r.code for r in found}]
        if said:
            yield Objection("overrides", about, f"says it overrides {', '.join(said)}, which hold")
        return
    for reason in found:
        yield Objection("rule", about, f"{reason.code}: {reason.sentence}")


def _room(profiles: Profiles, member: Member, role: Role) -> int:
    """Places of a member in a role, beside what running pairs of other kinds take of their hours."""
    policy = profiles.context.policy
    cost = policy.learner_hours if role is Role.LEARNER else policy.guide_hours
    places = places_of(profiles.context, member, role)
    if cost:
        left = max(0, member.hours_per_month - profiles.other_hours.get(member.id, 0))
        places = min(places, left // cost)
    return places


def _places(
    profiles: Profiles,
    used: Counter[str],
    role: Role,
    ran: Counter[str],
    forced: Counter[tuple[str, Role]],
) -> Iterator[Objection]:
    for identifier, count in used.items():
        member = profiles.members[identifier]
        places = max(_room(profiles, member, role), ran[identifier])
        if count <= places:
            continue
        if not places or member_reasons(profiles.context, member, role):
            places = max(places, forced[identifier, role] + ran[identifier])
        if count > places:
            thing = "guides" if role is Role.LEARNER else "learners"
            yield Objection("places", identifier, f"has {count} {thing} as {role}, takes {places}")


def _hours(
    profiles: Profiles,
    guides_of: Counter[str],
    learners_of: Counter[str],
    held: Counter[tuple[str, Role]],
) -> Iterator[Objection]:
    """People in both roles: both together within their hours, but for pairs that had to stay."""
    policy = profiles.context.policy
    for identifier in sorted(guides_of.keys() & learners_of.keys()):
        used = guides_of[identifier] * policy.learner_hours + learners_of[identifier] * policy.guide_hours
        had = held[identifier, Role.LEARNER] * policy.learner_hours
        had += held[identifier, Role.GUIDE] * policy.guide_hours
        most = profiles.members[identifier].hours_per_month - profiles.other_hours.get(identifier, 0)
        if used > max(most, had):
            yield Objection("hours_budget", identifier, f"{used} hours a month of pairs, {most} to give")
