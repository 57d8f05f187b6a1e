"""What a rota says to people: why this facilitator, why nobody, why no time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from matcher.candidates.rota.context import RotaContext
from matcher.candidates.rota.groups import RotaGroup
from matcher.candidates.rota.rules import LEVELS, level_of
from matcher.documents.pods import source_of
from matcher.domain.member import Member
from matcher.domain.rota_policy import RoleName
from matcher.planning.pods.sentences import ORDINALS

ROLE_WORDS: dict[RoleName, str] = {"lead": "lead", "co": "co-facilitator", "shadow": "shadow"}


def why_them(
    context: RotaContext, member: Member, group: RotaGroup, role: RoleName, step: int
) -> tuple[str, ...]:
    """Why somebody takes a turn, in sentences that other organizations may read."""
    said = []
    ladder, ledger = context.policy.ladder, member.ledger
    if role == "shadow":
        said.append(f"They learn to facilitate: {ladder.shadow} turns as shadow open the next step.")
    elif role == "co" and LEVELS.index(level_of(context, member)) < LEVELS.index(LEVELS[-1]):
        said.append(f"They learn to lead: {ladder.co} turns as co-facilitator open the next step.")
    if member.id in group.members:
        said.append("They are in the group.")
    source = source_of(group.source)
    if source in member.wishes and member.shows("wishes"):
        place = member.wishes.index(source)
        said.append(f"It is their {ORDINALS[place] if place < len(ORDINALS) else f'{place + 1}th'} wish.")
    about = [
        context.skills.names[number]
        for offer in member.offers
        if (number := context.skills.number(offer.skill, member.id)) in group.skills
    ]
    if about and member.shows("offers"):
        said.append(f"They know {about[0]}, which it is about.")
    before = ledger.lead + ledger.co + ledger.shadow
    if ledger.cycles:
        said.append(f"They took {before} turns in {ledger.cycles} cycles before.")
    local = context.instant(step).astimezone(ZoneInfo(member.time_zone))
    said.append(f"It is {local:%H:%M} for them.")
    return tuple(said)
