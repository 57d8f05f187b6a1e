"""What the service does for rotas; the functions of `matcher.service.families.Ends`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from matcher.documents.read import choose_program
from matcher.domain.edit import TIME, Ask, Edit
from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.member import Status
from matcher.domain.network import NetworkHeader
from matcher.domain.pods_plan import PlanPod
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Program
from matcher.domain.rota_explanation import RotaExplanation
from matcher.domain.rota_plan import FAMILY_OF, NoTime, PlanSeries
from matcher.domain.session import Key
from matcher.planning.around import Around
from matcher.service.family_pods import running_pod
from matcher.store.database import Connection
from matcher.store.errors import Conflict
from matcher.store.ledgers import closed_cycle
from matcher.store.parts import list_parts
from matcher.store.plans import PlanRow, Seat, bodies_of, list_rows, published_plan, seats_of
from matcher.store.recipients import Recipient, recipients
from matcher.store.running import running_of
from matcher.store.sessions import Named
from matcher.texts.words import Words

keeps_accepted, repair_seconds = False, 120
member_answer = RotaExplanation

Group = tuple[Family, str, Key]
"""A pair or group by its family, kind and key."""


def choose(header: NetworkHeader, program: str, kind: Kind | None) -> tuple[Program, str]:
    """The program to run; rotas have no kinds. Raises `InputError`."""
    if kind is not None:
        raise InputError(f"Rotas have no kinds: leave the kind {kind.value!r} out.")
    return choose_program(header, program)[0], ""


def others(connection: Connection, plan: PlanRow) -> frozenset[Named]:
    """Pairs and pods that this plan, or the program's published one, gives times to."""
    found: set[Named] = set()
    former = published_plan(connection, plan.network, plan.program, plan.cycle, plan.family, plan.kind)
    for one in (plan, former):
        if one is None:
            continue
        for series in series_in(connection, one):
            if series.kind != "forum":
                found.add((FAMILY_OF[series.kind], series.pairing, series.key))
        for row in _without_time(connection, one):
            if row.kind != "forum":
                found.add((FAMILY_OF[row.kind], row.pairing, row.key))
    return frozenset(found)


def series_in(connection: Connection, plan: PlanRow) -> Iterator[PlanSeries]:
    """The series of a plan's latest revision."""
    for body in bodies_of(connection, plan.network, plan.id):
        yield PlanSeries.model_validate_json(body)


def rota_beside(connection: Connection, plan: PlanRow) -> PlanRow | None:
    """The published rota that may give times to series of a plan of pairs or pods."""
    if plan.family == Family.ROTA:
        return None
    return published_plan(connection, plan.network, plan.program, plan.cycle, Family.ROTA, "")


def held_series(connection: Connection, plan: PlanRow) -> list[PlanSeries]:
    """The series of a plan of pairs or pods that the program's published rota gives times to."""
    rota = rota_beside(connection, plan)
    if rota is None:
        return []
    own = (plan.family, plan.kind)
    return [one for one in series_in(connection, rota) if (FAMILY_OF[one.kind], one.pairing or "") == own]


def wanted(program: Program, asked: Mapping[str, Any], before: bytes, today: date) -> dict[str, Any]:
    """Nothing beside the program itself."""
    return {}


def moves(program: Program) -> frozenset[Family]:
    """Those of the groups that get their times from the rota."""
    own = {Family.PODS: program.rota.pods, Family.PAIRS: program.rota.pairs}
    return frozenset(family for family, wanted in own.items() if wanted)


def around(connection: Connection, network: str, program: Program, now: datetime) -> Around:
    """The groups of the program's published plans."""
    own = moves(program)
    found = Around(as_of=now)
    changes: dict[str, Any] = {}
    plans = {
        (family, kind): published_plan(connection, network, program.id, program.cycle.id, family, kind)
        for family, kind in ((Family.PODS, ""), *((Family.PAIRS, one.value) for one in program.kinds))
        if family in own
    }
    pods = plans.pop((Family.PODS, ""), None)
    if pods is not None:
        run = {row.id for row in list_parts(connection, network, "running_pods", "", 1_000_000)}
        bodies = bodies_of(connection, network, pods.id)
        formed = [one for one in map(PlanPod.model_validate_json, bodies) if one.pod in run]
        changes["pods"] = tuple(running_pod(one) for one in formed)
        changes["titles"] = {one.pod: one.title for one in formed}
    pairs: dict[Kind, tuple[Key, ...]] = {}
    for (_, kind), plan in plans.items():
        if plan is not None:
            rows = running_of(connection, network, program.id, Kind(kind))
            pairs[Kind(kind)] = tuple((one.learner, one.guide) for one in rows if one.plan == plan.id)
    return found.model_copy(update={**changes, "pairs": pairs})


def _without_time(connection: Connection, plan: PlanRow) -> Iterator[NoTime]:
    """Series of which no session has a time."""
    for _, body in list_rows(connection, plan.network, plan.id, "no_time", -1, 1_000_000):
        row = NoTime.model_validate_json(body)
        if row.index is None:
            yield row


def run(connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
    """Nothing begins to run with a rota: groups do that. Raises `Conflict` where they are no longer those
    that it was made for, or where its cycle is closed."""
    if closed_cycle(connection, plan.network, plan.program, plan.cycle) is not None:
        raise Conflict(f"The cycle {plan.cycle!r} is closed: its turns stand in the ledgers.")
    present = groups_in_force(connection, plan)
    people = {person for members in present.values() for person in members}
    found = recipients(connection, plan.network, people)
    gone = {one for one in people if one not in found or found[one].member.status is Status.LEFT}
    for series in series_in(connection, plan):
        if series.kind == "forum":
            continue
        place = (FAMILY_OF[series.kind], series.pairing or "", series.key)
        if place in present and set(present[place]) - gone != set(series.members) - gone:
            raise Conflict(f"{series.title} has other members since the rota was made: run the rota again.")
        if place not in present and series.kind != "pair" and (place[0], place[1]) in _kinds(present):
            raise Conflict(f"{series.title} meets no more since the rota was made: run the rota again.")
    return "{}"


def groups_in_force(connection: Connection, plan: PlanRow) -> dict[Group, list[str]]:
    """Who is in each pair and pod of the published plans of a plan's program and cycle."""
    found: dict[Group, list[str]] = {}
    for one in group_plans(connection, plan):
        for key, members in seats_of(connection, plan.network, one.id).items():
            found[Family(one.family), one.kind, key] = members
    return found


def group_plans(connection: Connection, plan: PlanRow) -> Iterator[PlanRow]:
    """The published plans of pods and pairs of a plan's program and cycle."""
    for family, kind in ((Family.PODS, ""), *((Family.PAIRS, one.value) for one in Kind)):
        found = published_plan(connection, plan.network, plan.program, plan.cycle, family, kind)
        if found is not None:
            yield found


def _kinds(groups: Iterable[Group]) -> set[tuple[Family, str]]:
    return {(family, kind) for family, kind, _ in groups}


def undo(connection: Connection, plan: PlanRow, opened: str, now: datetime) -> None:
    """Nothing to put back. Raises `Conflict` where the turns stand in the ledgers already."""
    if closed_cycle(connection, plan.network, plan.program, plan.cycle) is not None:
        raise Conflict(f"The cycle {plan.cycle!r} is closed: its turns stand in the ledgers.")


def running(connection: Connection, plan: PlanRow) -> set[Seat]:
    """Nobody is asked before a rota is published, so nobody is exempt."""
    return set()


def without(document: dict[str, Any], keys: Collection[Key]) -> dict[str, Any]:
    """The document without these series."""
    left = [one for one in document["series"] if tuple(one["key"]) not in keys]
    return {**document, "series": left}


def overlay(asks: Iterable[Ask]) -> dict[str, Any]:
    """Pinned turns and times of the program."""
    turns: list[dict[str, Any]] = []
    times: list[dict[str, Any]] = []
    for ask in asks:
        key, index, role = json.loads(ask.second)
        if ask.first == TIME:
            start, _, note = ask.note.partition(" ")
            times.append({"key": key, "index": index, "start": start, "note": note})
            continue
        must = "take" if ask.wanted else "not_take"
        turns.append(
            {"member": ask.first, "key": key, "index": index, "role": role, "must": must, "note": ask.note}
        )
    return {"turns": turns, "times": times}


def refusals(seats: Iterable[Seat]) -> list[Edit]:
    """Nobody refuses a series."""
    return []


def points(connection: Connection, plan: PlanRow) -> dict[str, dict[str, int]]:
    """Member -> turn -> 0: turns are compared by their number."""
    found: dict[str, dict[str, int]] = {}
    for _, body in list_rows(connection, plan.network, plan.id, "turns", -1, 10_000_000):
        turn = json.loads(body)
        if turn["member"]:
            name = f"{' + '.join(turn['key'])} {turn['index']} {turn['role']}"
            found.setdefault(turn["member"], {})[name] = 0
    return found


def weights(policy: Policy) -> Any:
    """What decides fairness."""
    return policy.rota.fairness, policy.rota.curve


def would(
    connection: Connection, plan: PlanRow, seat: Seat, people: Mapping[str, Recipient], words: Words
) -> str:
    """What they would take part in."""
    key, _ = seat
    return words("would.meet_in", what=words.listed(key))
