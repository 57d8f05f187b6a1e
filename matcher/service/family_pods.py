"""What the service does for pods; the functions of `matcher.service.families.Ends`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from pydantic import BaseModel

from matcher.documents.read import choose_program
from matcher.domain.edit import Ask, Edit
from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.history import EndedPod, Ending, PodTime, RunningPod
from matcher.domain.network import NetworkHeader
from matcher.domain.pods_explanation import SeatsExplanation
from matcher.domain.pods_plan import PlanPod
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Program
from matcher.domain.session import Key
from matcher.service.names import name_for
from matcher.store.database import Connection
from matcher.store.parts import parts_of, put_parts
from matcher.store.plans import (
    PlanRow,
    Seat,
    bodies_of,
    cycles_of,
    list_plans,
    list_series,
    published_plan,
    seats_of,
    series_of,
)
from matcher.store.recipients import Recipient
from matcher.store.sessions import Named
from matcher.texts.words import Words

keeps_accepted, repair_seconds = False, 120
member_answer = SeatsExplanation


def choose(header: NetworkHeader, program: str, kind: Kind | None) -> tuple[Program, str]:
    """The program to run; pods have no kinds. Raises `InputError`."""
    if kind is not None:
        raise InputError(f"Plans of pods have no kinds: leave the kind {kind.value!r} out.")
    return choose_program(header, program)[0], ""


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
    """What a publication replaced: the pods that ran (JSON by id), and those that it ended or made older."""

    running: dict[str, str]
    ended: dict[str, str]


def run(connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
    """Let these pods run in place of those of the program before.

    Pods that ran in an earlier cycle, or came with a document, and are not in the plan, have ended: they
    become history, one cycle ago. A pod that a plan of the same cycle drops runs no more, and is no history.
    A program's first plan of a further cycle makes all history of pods one cycle older.
    """
    wanted = {key[0] for key in keys}
    pods = {pod.pod: pod for pod in _pods(connection, plan) if pod.pod in wanted}
    before = parts_of(connection, plan.network, "running_pods")
    ended = parts_of(connection, plan.network, "ended_pods")
    others = _of_other_programs(connection, plan)
    mine = {identifier: body for identifier, body in before.items() if identifier not in others}
    cycles = cycles_of(connection, plan.network, plan.program, plan.family, plan.kind)
    history = [EndedPod.model_validate_json(body) for body in ended.values()]
    if cycles and plan.cycle not in cycles.values():
        history = [one.model_copy(update={"cycles_ago": min(one.cycles_ago + 1, 1000)}) for one in history]
    this_cycle = {
        key[0]
        for old in cycles
        for key in series_of(connection, plan.network, old)
        if cycles[old] == plan.cycle
    }
    for identifier, body in mine.items():
        if identifier not in pods and identifier not in this_cycle:
            over = RunningPod.model_validate_json(body)
            history.append(EndedPod(pod=over.pod, members=over.members, ending=Ending.COMPLETED))
    rows = {identifier: body for identifier, body in before.items() if identifier in others}
    rows |= {
        identifier: running_pod(pod).model_dump_json(exclude_defaults=True)
        for identifier, pod in pods.items()
    }
    past = {one.id: one.model_dump_json(exclude_defaults=True) for one in history}
    put_parts(connection, plan.network, {"running_pods": rows, "ended_pods": past}, now)
    return Opened(running=before, ended=ended).model_dump_json()


def undo(connection: Connection, plan: PlanRow, opened: str, now: datetime) -> None:
    """Put back what `run` replaced; what other programs changed since stays."""
    before = Opened.model_validate_json(opened)
    others = _of_other_programs(connection, plan)
    present = parts_of(connection, plan.network, "running_pods")
    rows = {identifier: body for identifier, body in present.items() if identifier in others}
    rows |= {identifier: body for identifier, body in before.running.items() if identifier not in others}
    put_parts(connection, plan.network, {"running_pods": rows, "ended_pods": before.ended}, now)


def _pods(connection: Connection, plan: PlanRow) -> list[PlanPod]:
    return [PlanPod.model_validate_json(one) for one in bodies_of(connection, plan.network, plan.id)]


def running_pod(pod: PlanPod) -> RunningPod:
    """A pod of a plan as it runs."""
    meeting = None
    if pod.meeting is not None:
        start = time.fromisoformat(pod.meeting.start)
        meeting = PodTime(weekday=pod.meeting.weekday, start=start, time_zone=pod.meeting.time_zone)
    return RunningPod(pod=pod.pod, members=pod.members, meeting=meeting)


def _of_other_programs(connection: Connection, plan: PlanRow) -> set[str]:
    """Pods of the published plans of other programs."""
    wanted = {"family": plan.family, "state": "published"}
    found = list_plans(connection, plan.network, "", 1000, wanted)
    ids = [one.id for one in found if one.program != plan.program]
    return {key[0] for one in ids for key in series_of(connection, plan.network, one)}


def running(connection: Connection, plan: PlanRow) -> set[Seat]:
    """The seats of the program's published plan."""
    before = published_plan(connection, plan.network, plan.program, plan.cycle, plan.family, plan.kind)
    if before is None:
        return set()
    planned = seats_of(connection, plan.network, before.id)
    return {(key, member) for key, members in planned.items() for member in members}


def without(document: dict[str, Any], keys: Collection[Key]) -> dict[str, Any]:
    """The document without these pods."""
    return {**document, "pods": [one for one in document["pods"] if (one["pod"],) not in keys]}


def overlay(asks: Iterable[Ask]) -> dict[str, Any]:
    """Pinned seats of the program."""
    seats = [
        {
            "member": ask.first,
            "pod": ask.second,
            "must": "seat" if ask.wanted else "no_seat",
            "note": ask.note,
        }
        for ask in asks
    ]
    return {"seats": seats}


def refusals(seats: Iterable[Seat]) -> list[Edit]:
    """Each refused seat is forbidden."""
    return [Edit(op="forbid", member=member, pod=pod) for (pod,), member in sorted(seats)]


def points(connection: Connection, plan: PlanRow) -> dict[str, dict[str, int]]:
    """Member -> pod -> points of the seat."""
    found: dict[str, dict[str, int]] = {}
    for pod in _pods(connection, plan):
        for seat in pod.seats:
            found.setdefault(seat.member, {})[pod.pod] = seat.points
    return found


def weights(policy: Policy) -> Any:
    """Maxima of the parts of a seat, and what they are measured by."""
    return policy.pods.maxima, policy.pods.related_percent


def would(
    connection: Connection, plan: PlanRow, seat: Seat, people: Mapping[str, Recipient], words: Words
) -> str:
    """The pod's title and the others in it."""
    key, member = seat
    found = list_series(connection, plan.network, plan.id, ("", ""), 1000, member)
    pods = {pod.pod: pod for pod in map(PlanPod.model_validate_json, found)}
    title = pods[key[0]].title if key[0] in pods else key[0]
    reader = people[member].member
    others = [name_for(reader, one.member, words) for one in people.values() if one.id != member]
    return words("would.work", title=title, others=", ".join(sorted(others)))
