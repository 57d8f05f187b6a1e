"""What the service does for pairs; the functions of `matcher.service.families.Ends`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from matcher.documents import read as documents
from matcher.domain.edit import Ask, Edit
from matcher.domain.explanation import MemberExplanation
from matcher.domain.family import Family
from matcher.domain.history import EndedPair, Ending, RunningPair
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Program
from matcher.domain.session import Key
from matcher.service.names import name_for
from matcher.store import running as store
from matcher.store.database import Connection
from matcher.store.plans import PlanRow, Seat, cycles_of, points_of
from matcher.store.recipients import Recipient
from matcher.store.running import RunningRow
from matcher.store.sessions import Named
from matcher.texts.words import Words

keeps_accepted, repair_seconds = True, 600
member_answer = MemberExplanation


def choose(header: NetworkHeader, program: str, kind: Kind | None) -> tuple[Program, str]:
    """The program to run, and the kind of pairs. Raises `InputError` that lists the choices."""
    chosen, _, found = documents.choose(header, program, kind)
    return chosen, found.value


def others(connection: Connection, plan: PlanRow) -> frozenset[Named]:
    """None: each family has its own times."""
    return frozenset()


def moves(program: Program) -> frozenset[Family]:
    """None but its own."""
    return frozenset()


def around(connection: Connection, network: str, program: Program, now: datetime) -> None:
    """Nothing."""
    return


def wanted(program: Program, asked: Mapping[str, Any], before: bytes, today: date) -> dict[str, Any]:
    """Nothing beside the program itself."""
    return {}


class Opened(BaseModel):
    """What a publication replaced: the running pairs before, the places of the pairs that it ended, and
    whether it made the history one cycle older."""

    running: list[RunningRow]
    ended: list[int]
    aged: bool


def run(connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
    """Let these pairs of a plan run in place of those before. Returns what `undo` needs (JSON).

    Pairs that ran in an earlier cycle, or came with a document, and are not in the plan, have ended: they
    become history, one cycle ago. Pairs that a plan of the same cycle drops run no more, and are no history:
    the cycle is not over. A program's first plan of a further cycle makes its history one cycle older.
    """
    kind = Kind(plan.kind)
    before = store.running_of(connection, plan.network, plan.program, kind)
    known = {(one.learner, one.guide): one for one in before}
    rows = []
    for learner, guide in keys:
        old = known.get((learner, guide))
        since = RunningPair.model_validate_json(old.body).since if old is not None else None
        pair = RunningPair(learner=learner, guide=guide, kind=kind, since=since or now.date())
        body = pair.model_dump_json(exclude_defaults=True)
        rows.append(RunningRow(learner, guide, plan.program, plan.id, body))
    cycles = cycles_of(connection, plan.network, plan.program, plan.family, plan.kind)
    aged = bool(cycles) and plan.cycle not in cycles.values()
    if aged:
        store.age_ended(connection, plan.network, plan.program, kind, 1)
    kept = set(keys)
    over = [
        EndedPair(learner=one.learner, guide=one.guide, kind=kind, ending=Ending.COMPLETED)
        for one in before
        if (one.learner, one.guide) not in kept and (one.plan is None or cycles.get(one.plan) != plan.cycle)
    ]
    ended = store.add_ended(connection, plan.network, plan.program, over)
    store.replace_running(connection, plan.network, plan.program, kind, rows)
    return Opened(running=before, ended=ended, aged=aged).model_dump_json()


def undo(connection: Connection, plan: PlanRow, opened: str, now: datetime) -> None:
    """Put back what `run` replaced."""
    before = Opened.model_validate_json(opened)
    kind = Kind(plan.kind)
    store.replace_running(connection, plan.network, plan.program, kind, before.running)
    store.remove_ended(connection, plan.network, before.ended)
    if before.aged:
        store.age_ended(connection, plan.network, plan.program, kind, -1)


def running(connection: Connection, plan: PlanRow) -> set[Seat]:
    """Both people of each running pair."""
    rows = store.running_of(connection, plan.network, plan.program, Kind(plan.kind))
    return {((one.learner, one.guide), person) for one in rows for person in (one.learner, one.guide)}


def without(document: dict[str, Any], keys: Collection[Key]) -> dict[str, Any]:
    """The document without these pairs."""
    left = [one for one in document["pairs"] if (one["learner"], one["guide"]) not in keys]
    return {**document, "pairs": left}


def overlay(asks: Iterable[Ask]) -> dict[str, Any]:
    """Pins of the program."""
    pins = [
        {
            "learner": ask.first,
            "guide": ask.second,
            "must": "pair" if ask.wanted else "not_pair",
            "note": ask.note,
        }
        for ask in asks
    ]
    return {"pins": pins}


def refusals(seats: Iterable[Seat]) -> list[Edit]:
    """Each pair that one of its people refused is forbidden."""
    pairs = sorted({key for key, _ in seats})
    return [Edit(op="forbid", learner=learner, guide=guide) for learner, guide in pairs]


def points(connection: Connection, plan: PlanRow) -> dict[str, dict[str, int]]:
    """Learner -> guide -> points."""
    found: dict[str, dict[str, int]] = {}
    for (learner, guide), worth in points_of(connection, plan.network, plan.id):
        found.setdefault(learner, {})[guide] = worth
    return found


def weights(policy: Policy) -> Any:
    """Maxima of the parts, and what they are measured by."""
    pairs = policy.pairs
    return pairs.maxima, pairs.full_common_hours, pairs.seniority_gap


def would(
    connection: Connection, plan: PlanRow, seat: Seat, people: Mapping[str, Recipient], words: Words
) -> str:
    """With whom, and in which part."""
    (learner, guide), member = seat
    other = guide if member == learner else learner
    name = name_for(people[member].member, people[other].member, words)
    return words("would.learn" if member == learner else "would.guide", name=name)
