"""A plan of rounds that can be asked: how a member stands in them, with whom, and what is left to meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from matcher.documents.read import open_network
from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.explanation import RuleAgainst
from matcher.domain.rounds_explanation import RoundsExplanation, RoundStanding
from matcher.domain.rounds_plan import PlanRound, RoundsPlan
from matcher.planning.audience import Audience
from matcher.planning.files import named_document, read_rounds
from matcher.planning.rounds.audit import implied_before
from matcher.planning.rounds.instance import Asked as Wanted
from matcher.planning.rounds.instance import Prepared, prepare
from matcher.planning.words import counted, listed

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from solvers.pods.rounds.instance import Round

COORDINATOR = Audience()


@dataclass(frozen=True)
class Asked:
    """A plan that can be asked, and what it was made of."""

    plan: RoundsPlan
    prepared: Prepared

    @cached_property
    def organization_of(self) -> dict[str, str]:
        """The organization of each member."""
        return {one.id: one.organization for one in self.prepared.members.values()}

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """The plan's rounds by numbers."""
        number = self.prepared.number
        return tuple(
            tuple(tuple(sorted(number[one] for one in group)) for group in row.groups)
            for row in self.plan.rounds
        )

    @cached_property
    def met_before(self) -> dict[str, set[str]]:
        """Whom everybody met before these rounds, among those who take part."""
        ids, met = self.prepared.instance.person_ids, self.prepared.instance.met
        found: dict[str, set[str]] = {one: set() for one in ids}
        for i, j in zip(met.first.tolist(), met.second.tolist(), strict=True):
            found[ids[i]].add(ids[j])
            found[ids[j]].add(ids[i])
        return found

    def name(self, member: str) -> str:
        """A member's name."""
        found = self.prepared.members.get(member)
        return found.name if found is not None else member

    def names(self, members: Iterable[str]) -> str:
        """Some members' names in a list."""
        return listed([self.name(one) for one in members], 8)


def take_up_named(result: Path, given: Path | NetworkSource | None) -> Asked:
    """As `take_up`, with the document in a file, or in the one that the result names."""
    if given is None:
        plan, _ = read_rounds(result)
        given = named_document(plan.network, result)
    return take_up(result, open_network(given) if isinstance(given, Path) else given)


def take_up(path: Path, source: NetworkSource) -> Asked:
    """A result with its document, ready to be asked. Raises InputError where they do not fit together."""
    plan, _ = read_rounds(path)
    if plan.program is None:
        raise InputError("This result was made from a bare instance: there are no profiles to ask about.")
    if plan.network.sha256 != source.sha256:
        raise InputError("The result was made from another document than this (their SHA-256 differs).")
    wanted = Wanted(len(plan.rounds), plan.size, sum(one.held for one in plan.rounds), plan.most_of_one)
    return Asked(plan, prepare(source, plan.program, wanted, implied_before(plan)))


def explain_member(
    asked: Asked, member: str, audience: Audience = COORDINATOR, number: int | None = None
) -> RoundsExplanation:
    """How a member stands in all rounds, or (`number`) in one.

    Other people than those they meet are counted, not named; organizations read names of their own only.
    Raises UnknownIdError for strangers and unknown rounds, InputError where the reader may not ask.
    """
    if not audience.may_ask((member,), asked.organization_of):
        raise InputError(f"{audience.kind} {audience.id!r} may not ask about {member!r}.")
    if member not in asked.prepared.members:
        raise UnknownIdError("member", member)
    if number is not None and number > len(asked.plan.rounds):
        raise UnknownIdError("round", str(number), f"The plan has {len(asked.plan.rounds)}.")
    left_out = tuple(
        RuleAgainst(code=one.reason, sentence=one.sentence)
        for one in asked.plan.not_taking_part
        if one.member == member
    )
    if left_out:
        return RoundsExplanation(member=member, left_out=left_out, sentences=(left_out[0].sentence,))
    seen = set(asked.met_before[member])
    rows, met = [], []
    for one in asked.plan.rounds:
        mates = _mates(one, member)
        row = _standing(asked, member, one, mates, seen, audience)
        if number in (None, one.number):
            rows.append(row)
            met += [who for who in mates if _visible(asked, who, mates, audience)]
        seen |= set(mates)
    person = next(one for one in asked.plan.people if one.member == member)
    strangers = len(asked.prepared.instance.person_ids) - 1 - len(seen)
    sentences = [
        f"{asked.name(member)} has a group in {person.rounds} of {counted(len(asked.plan.rounds), 'round')}, "
        f"meets {counted(person.new_people, 'new person', 'new people')} of "
        f"{counted(person.organizations, 'other organization')}, and {person.repeats} again.",
        f"{counted(strangers, 'person', 'people')} who take part are still to be met: at most "
        f"{counted(person.fresh_rounds_left, 'further round')} without meeting anybody again, as each takes "
        f"{asked.plan.size - 1} of them.",
    ]
    return RoundsExplanation(
        member=member,
        rounds=tuple(rows),
        met=tuple(dict.fromkeys(met)),
        fresh_rounds_left=person.fresh_rounds_left,
        sentences=tuple(sentences),
    )


def _mates(one: PlanRound, member: str) -> tuple[str, ...]:
    """Those who share a group of a round with somebody."""
    group = next((group for group in one.groups if member in group), ())
    return tuple(who for who in group if who != member)


def _visible(asked: Asked, who: str, mates: Sequence[str], audience: Audience) -> bool:
    return audience.sees(who, asked.organization_of, frozenset(mates))


def _standing(
    asked: Asked, member: str, one: PlanRound, mates: Sequence[str], seen: set[str], audience: Audience
) -> RoundStanding:
    """One round; `seen`: whom they had met when it begins."""
    name, when = asked.name(member), f"round {one.number}"
    shown = [who for who in mates if _visible(asked, who, mates, audience)]
    first = tuple(who for who in shown if who not in seen)
    again = tuple(who for who in shown if who in seen)
    pins = [
        pin
        for pin in asked.prepared.program.rounds.pins
        if pin.round == one.number and member in (pin.member, pin.other)
    ]
    state: Literal["held", "planned", "absent", "without_group"] = "held" if one.held else "planned"
    sentences = []
    if member in one.absent:
        state = "absent"
        taken = any(pin.must == "absent" for pin in pins)
        why = "that was decided by hand" if taken else "they have no time for a session in its week"
        sentences.append(f"{name} does not come to {when}: {why}.")
    elif not mates:
        state = "without_group"
        row = next((x for x in asked.plan.left_out if (x.member, x.round) == (member, one.number)), None)
        sentences.append(row.sentence if row is not None else f"{name} was not in {when}.")
    strangers = _strangers(asked, member, one, seen)
    if first:
        sentences.append(f"{name} meets {asked.names(first)} for the first time in {when}.")
    if again:
        left = (
            f"{counted(strangers, 'person', 'people')} whom they had not met could be met in it, "
            "and sit where others gain more"
            if strangers
            else "nobody else whom they may meet was left to be met in it"
        )
        sentences.append(f"They meet {asked.names(again)} again: {left}.")
    for pin in pins:
        if pin.must == "together" and audience.sees_all:
            sentences.append(f"{asked.names((pin.member, str(pin.other)))} were joined by hand.")
    key = next((key for key, group in zip(one.keys, one.groups, strict=True) if member in group), None)
    return RoundStanding(
        round=one.number,
        week_of=one.week_of,
        state=state,
        group=key,
        first=first,
        again=again,
        hidden=len(mates) - len(shown),
        strangers=strangers,
        pinned=bool(pins) and audience.sees_all,
        sentences=tuple(sentences),
    )


def _strangers(asked: Asked, member: str, one: PlanRound, seen: set[str]) -> int:
    """How many come to a round, sit in another group, had not been met, and may be met."""
    instance, number = asked.prepared.instance, asked.prepared.number
    mates = {member, *_mates(one, member)}
    others = (who for group in one.groups for who in group if who not in mates and who not in seen)
    return sum(instance.allows((number[member], number[who])) for who in others)
