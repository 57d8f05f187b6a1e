"""Whom one member could meet in a program, and which rules take the others away, before any solving.

By the definitions of record in plain Python, without compiled kernels.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from matcher.candidates.context import Context, Person
from matcher.candidates.points import parts_of
from matcher.candidates.rules import CODES, PRIVATE, RULE, Reason, member_reasons, reasons, roles_of
from matcher.documents.read import choose
from matcher.domain.candidate import Asked, Candidate, Found, RuleCount
from matcher.domain.errors import UnknownIdError
from matcher.domain.explanation import RuleAgainst
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member, Role, Status
from matcher.domain.network import NetworkHeader
from matcher.planning.audience import SECRET_PARTS, Audience


def look(people: Iterable[Person], header: NetworkHeader, asked: Asked) -> Found:
    """Whom a member could meet. `people`: members, then pairs; those who left are never candidates.

    Raises `UnknownIdError` where the member is not among them, `InputError` for a kind the program lacks.
    """
    chosen = choose(header, asked.program, asked.kind)
    others: list[Member] = []
    context = Context.of(header, _gathered(people, others), *chosen)
    member = next((one for one in others if one.id == asked.member), None)
    if member is None:
        raise UnknownIdError("member", asked.member)
    side = asked.role or (Role.GUIDE if Role.LEARNER not in roles_of(member) else Role.LEARNER)
    against = member_reasons(context, member, side)
    return _look(context, member, side, against, others, Audience.of(asked.audience))


def _gathered(people: Iterable[Person], members: list[Member]) -> Iterator[Person]:
    for person in people:
        if isinstance(person, Member):
            members.append(person)
        yield person


def _look(
    context: Context,
    asked: Member,
    side: Role,
    against: tuple[Reason, ...],
    others: list[Member],
    audience: Audience,
) -> Found:
    other_side = Role.GUIDE if side is Role.LEARNER else Role.LEARNER
    kept_out = {reason.code for reason in against}
    sets: Counter[frozenset[str]] = Counter()
    eligible: list[Candidate] = []
    for other in others:
        if other.id == asked.id or other.status is Status.LEFT:
            continue
        learner, guide = (asked, other) if side is Role.LEARNER else (other, asked)
        running = context.is_running(learner, guide)
        if not running and member_reasons(context, other, other_side):
            continue
        codes = frozenset(reason.code for reason in reasons(context, learner, guide)) - kept_out
        sets[codes] += 1
        if codes or against:
            continue
        parts = parts_of(context, learner, guide)
        points = sum(parts.values())
        eligible.append(
            Candidate(
                member=other.id,
                name=other.name,
                organization=other.organization,
                points=points,
                parts=parts,
                running=running,
            )
        )
    seen = _seen(eligible, asked, audience)
    return Found(
        role=side,
        kind=context.kind,
        against=tuple(
            RuleAgainst(
                code=reason.code,
                sentence=_sentence(reason, audience),
                overridable=reason.pin_overrides,
            )
            for reason in against
        ),
        total=sets.total(),
        eligible=len(eligible),
        rules=_counts(sets, audience),
        candidates=tuple(seen),
    )


def _sentence(reason: Reason, audience: Audience) -> str:
    return reason.sentence if audience.sees_all else reason.public_sentence


def _seen(eligible: list[Candidate], asked: Member, audience: Audience) -> list[Candidate]:
    """Those whom the reader may see, as far as the reader may see them."""
    if audience.sees_all:
        return sorted(eligible, key=lambda one: (-(one.points or 0), one.member))
    organization_of = {one.member: one.organization for one in eligible} | {asked.id: asked.organization}
    partners = frozenset(one.member for one in eligible if one.running)
    shown = [one for one in eligible if audience.sees(one.member, organization_of, partners)]
    return [
        one.model_copy(
            update={
                "points": None,
                "parts": {name: value for name, value in one.parts.items() if name not in SECRET_PARTS},
            }
        )
        for one in sorted(shown, key=lambda one: one.member)
    ]


def _counts(sets: Counter[frozenset[str]], audience: Audience) -> tuple[RuleCount, ...]:
    """What each rule takes away, in the order of `RULES`; secret ones as one, but for coordinators."""
    names = {code: RULE[code].sentence for code in CODES}
    if not audience.sees_all:
        merged: Counter[frozenset[str]] = Counter()
        for codes, number in sets.items():
            merged[frozenset("private" if RULE[code].secret else code for code in codes)] += number
        sets = merged
        names = {code: sentence for code, sentence in names.items() if not RULE[code].secret}
        names["private"] = PRIVATE
    rows: list[RuleCount] = []
    before: set[str] = set()
    for code, sentence in names.items():
        before.add(code)
        rows.append(
            RuleCount(
                code=code,
                sentence=sentence,
                takes=sum(number for codes, number in sets.items() if code in codes),
                alone=sets[frozenset({code})],
                left=sum(number for codes, number in sets.items() if not codes & before),
            )
        )
    return tuple(rows)


_PEOPLE: dict[str, type[Member | EndedPair | RunningPair]] = {
    "member": Member,
    "ended": EndedPair,
    "running": RunningPair,
}


def main(path: str, question: str) -> None:
    """Answer a question (`Asked` as JSON) about the network of a JSON Lines file that the store wrote: a
    `Found` as JSON on standard output. Heavy work has a process of its own, so that no request waits."""
    with Path(path).open("rb") as file:
        header = NetworkHeader.model_validate(json.loads(next(file))["header"])

        def people() -> Iterator[Person]:
            for line in file:
                key, _, data = line.partition(b":")
                yield _PEOPLE[key[2:-1].decode()].model_validate_json(data.rstrip()[:-1])

        found = look(people(), header, Asked.model_validate_json(question))
    sys.stdout.write(found.model_dump_json())


if __name__ == "__main__":
    main(*sys.argv[1:])
