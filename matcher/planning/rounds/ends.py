"""What planning does for rounds; the functions of `matcher.planning.families.Ends`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from matcher.documents.read import NetworkSource, choose_program, open_network
from matcher.domain.plan import PlanSource
from matcher.domain.pods_plan import KeptOut
from matcher.domain.rounds_plan import PlanGroup, RoundsPlan
from matcher.planning.files import read_rounds, write_plan

if TYPE_CHECKING:
    from pydantic import BaseModel

    from matcher.domain.member import Member
    from matcher.domain.session import Key, Schedule, Session
    from matcher.planning.findings import AuditReport
    from matcher.planning.overlay import Overlay
    from matcher.planning.rounds.explain import Asked
    from matcher.planning.sessions.scheduling import Occasion
    from solvers.limits import Limits


def read(path: Path) -> RoundsPlan:
    """The plan in a file."""
    plan, _ = read_rounds(path)
    return plan


def write(path: Path, plan: RoundsPlan) -> None:
    """Write a plan, whole or not at all."""
    write_plan(path, plan)


def solve(
    source: NetworkSource,
    program: str,
    kind: str | None,
    limits: Limits,
    previous: Path | None,
    commitments: Sequence[Session] = (),
) -> RoundsPlan:
    """Form the rounds of a program, as many as it says itself. Commitments count when sessions find times."""
    from matcher.planning.rounds.instance import Asked
    from matcher.planning.rounds.plan import plan_rounds

    before = named = None
    if previous is not None:
        before, found = read_rounds(previous)
        named = PlanSource(id=found.id, sha256=found.sha256)
    asked = Asked.of(choose_program(source.header, program)[0])
    return plan_rounds(source, program, asked, limits, before, named)


def around(overlay: Overlay, base: Path, kind: str | None, present: Path) -> Overlay:
    """The overlay as it is, as groups before are worth keeping in every run. Where they are frozen, what is
    changed by hand must be able to break some."""
    header = open_network(base).header
    _, own = choose_program(header, overlay.program)
    if own.pods.changes != "frozen":
        return overlay
    fewest = own.pods.model_copy(update={"changes": "tier"})
    return overlay.model_copy(update={"policy": own.model_copy(update={"pods": fewest})})


def audit(
    source: NetworkSource, plan: RoundsPlan, tell: Callable[..., None], commitments: Sequence[Session] = ()
) -> AuditReport:
    """Check a plan against its document, without the solver."""
    from matcher.planning.rounds.audit import audit_rounds, implied_before

    before = implied_before(plan)
    report = audit_rounds(source, plan, previous=before, tell=tell)
    if before is not None:
        report.unchecked.append("Which rounds were planned before was taken from the result.")
    return report


def take_up(plan: Path, document: Path, commitments: Sequence[Session] = ()) -> Asked:
    """A plan that can be asked."""
    from matcher.planning.rounds.explain import take_up

    return take_up(plan, open_network(document))


def answer(asked: Asked, question: dict[str, Any], limits: Limits) -> BaseModel:
    """What an edit costs, or how a member stands in all rounds or in one."""
    from matcher.domain.edit import Edit
    from matcher.planning.audience import Audience
    from matcher.planning.rounds.edits import price_edit
    from matcher.planning.rounds.explain import explain_member

    if question["ask"] == "edit":
        return price_edit(asked, Edit.model_validate(question["edit"]))
    audience = Audience.of(question["audience"])
    return explain_member(asked, question["member"], audience, question.get("round"))


def schedule(source: NetworkSource, plan: RoundsPlan, when: Occasion) -> tuple[Schedule, dict[str, Member]]:
    """A session for each group of each round, in the round's period."""
    from matcher.planning.rounds.sessions import schedule_rounds

    return schedule_rounds(source, plan, when)


def groups_of(plan: RoundsPlan) -> Iterator[PlanGroup]:
    """The groups of all rounds, by key."""
    found = []
    for one in plan.rounds:
        again = set(one.again)
        for key, members in zip(one.keys, one.groups, strict=True):
            pairs = list(combinations(members, 2))
            found.append(
                PlanGroup(
                    group=key,
                    round=one.number,
                    week_of=one.week_of,
                    held=one.held,
                    members=members,
                    first=tuple(pair for pair in pairs if pair not in again),
                    again=tuple(pair for pair in pairs if pair in again),
                )
            )
    yield from sorted(found, key=lambda one: one.group)


def series(plan: RoundsPlan) -> Iterator[tuple[Key, tuple[str, ...], int, PlanGroup]]:
    """Each group under its key; its points are how many of its pairs meet for the first time."""
    for group in groups_of(plan):
        yield (group.group,), group.members, len(group.first), group


def rows(plan: RoundsPlan) -> Iterator[tuple[str, int, bytes]]:
    """The rounds, what people get, who has no group or takes no part, and the changes."""
    lists: dict[str, Sequence[Any]] = {
        "rounds": [
            {
                **one.model_dump(mode="json", exclude={"groups", "keys"}),
                "people": sum(map(len, one.groups)),
                "groups": len(one.groups),
            }
            for one in plan.rounds
        ],
        "people": plan.people,
        "unplaced": plan.left_out,
        "left_out": [
            KeptOut(member=one.member, rule=one.reason, sentence=one.sentence) for one in plan.not_taking_part
        ],
        "changes": [
            {"change": what, **change.model_dump()}
            for what in type(plan.changes).model_fields
            for change in getattr(plan.changes, what)
        ],
    }
    for part, entries in lists.items():
        for number, entry in enumerate(entries):
            yield part, number, to_json(entry)


def counts(plan: RoundsPlan) -> dict[str, int | None]:
    """People, rounds, groups, and the lengths of the lists."""
    return {
        "members": len(plan.people),
        "rounds": len(plan.rounds),
        "held": sum(one.held for one in plan.rounds),
        "groups": sum(len(one.groups) for one in plan.rounds),
        "repeats": sum(len(one.again) for one in plan.rounds),
        "unplaced": len(plan.left_out),
        "left_out": len(plan.not_taking_part),
        "kept": len(plan.changes.kept),
        "changed": len(plan.changes.changed),
        "added": len(plan.changes.added),
        "dropped": len(plan.changes.dropped),
        "ended": len(plan.changes.ended),
    }
