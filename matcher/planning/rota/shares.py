"""What is fair for whom: full shares, ledgers with their credit, and the organizations' shares."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.candidates.rota.context import RotaContext
from matcher.domain.member import Member
from solvers.rota.turns.instance import FULL

FULL_TURNS = 4
"""Who takes on so many turns a cycle (`capacities.facilitations`) has a full share; others in proportion."""


def capacity_of(member: Member) -> int:
    """Somebody's fair share of turns in percent of a full one, 0..1000."""
    return min(10 * FULL, FULL * member.capacities.facilitations // FULL_TURNS)


def turns_before(member: Member) -> int:
    """Turns of cycles before, of every role."""
    return member.ledger.lead + member.ledger.co + member.ledger.shadow


def credits_of(context: RotaContext, people: Sequence[Member]) -> list[int]:
    """What newcomers and people back from leave are credited, in hundredths of a turn, per person.

    The turns a cycle that those with a ledger took on average, by their share, for each cycle that somebody
    has fewer than the longest ledger, and for the last one where they were away for most of it.
    """
    if not context.policy.credit:
        return [0] * len(people)
    taken = sum(turns_before(one) for one in people if one.ledger.cycles and not one.ledger.back_from_leave)
    shares = sum(
        one.ledger.cycles * capacity_of(one)
        for one in people
        if one.ledger.cycles and not one.ledger.back_from_leave
    )
    longest = max((one.ledger.cycles for one in people), default=0)
    if not shares:
        return [0] * len(people)
    out = []
    for one in people:
        missed = longest - one.ledger.cycles + one.ledger.back_from_leave
        out.append(FULL * taken * capacity_of(one) * min(missed, longest) // shares)
    return out


def organization_shares(organizations: Sequence[int], shares: Sequence[int], turns: int) -> list[int]:
    """Turns that are each organization's fair share, rounded up: in proportion to its people's shares.

    organizations, shares: of each person who may take a turn.
    """
    total = sum(shares)
    if not total:
        return [0] * (max(organizations, default=-1) + 1)
    own = [0] * (max(organizations) + 1)
    for o, share in zip(organizations, shares, strict=True):
        own[o] += share
    return [-(-turns * share // total) for share in own]
