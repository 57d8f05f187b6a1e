"""What the service does for rounds; the functions of `matcher.service.families.Ends`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from matcher.documents.read import choose_program
from matcher.domain.edit import Ask, Edit
from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.history import EndedRound, RunningRound
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Program
from matcher.domain.rounds_explanation import RoundsExplanation
from matcher.domain.rounds_plan import PlanGroup
from matcher.domain.session import Key
from matcher.service.names import name_for
from matcher.store.database import Connection
from matcher.store.parts import parts_of, put_parts
from matcher.store.plans import PlanRow, Seat, bodies_of, list_rows, list_series
from matcher.store.recipients import Recipient
from matcher.store.sessions import Named
from matcher.texts.words import Words

keeps_accepted, repair_seconds = False, 60
member_answer = RoundsExplanation


def choose(header: NetworkHeader, program: str, kind: Kind | None) -> tuple[Program, str]:
    """The program to run; rounds have no kinds. Raises `InputError`."""
    if kind is not None:
        raise InputError(f"Plans of rounds have no kinds: leave the kind {kind.value!r} out.")
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
    """How many rounds of which size: as asked, else as the program says, else as in the plan before.

    Rounds of the plan before whose week has begun took place, unless it is said how many did. Raises
    `InputError` where nothing says how many rounds there are to be.
    """
    known = json.loads(before) if before else {}
    if known.get("cycle") != program.cycle.id:
        known = {}
    rounds = known.get("rounds", [])
    found = {name: known[name] for name in ("size", "most_of_one") if known.get(name) is not None}
    found |= {"number": len(rounds) or None}
    found |= program.rounds.model_dump(exclude_unset=True, exclude={"pins"}) | dict(asked)
    if found["number"] is None:
        raise InputError(f"Say how many rounds the program {program.id!r} is to have: rounds.number.")
    if found.get("held") is None:
        found["held"] = sum(date.fromisoformat(one["week_of"]) <= today for one in rounds)
    return {"rounds": found}


class Opened(BaseModel):
    """What a publication replaced: the rounds of running and of past cycles (JSON by id)."""

    running: dict[str, str]
    ended: dict[str, str]


def run(connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
    """Let the rounds of these groups run in place of those of the program before.

    Rounds of an earlier cycle of the program have ended: they become history, one cycle ago, and those before
    them one cycle older.
    """
    wanted = {key[0] for key in keys}
    before = parts_of(connection, plan.network, "running_rounds")
    ended = parts_of(connection, plan.network, "ended_rounds")
    rows: dict[str, str] = {}
    over: list[RunningRound] = []
    for identifier, body in before.items():
        one = RunningRound.model_validate_json(body)
        if one.program != plan.program:
            rows[identifier] = body
        elif one.cycle != plan.cycle:
            over.append(one)
    cycles = len({one.cycle for one in over})
    history = [EndedRound.model_validate_json(body) for body in ended.values()]
    history = [
        one.model_copy(update={"cycles_ago": min(one.cycles_ago + cycles, 1000)})
        if one.program == plan.program
        else one
        for one in history
    ]
    order = sorted({one.cycle: one.week_of for one in over}.items(), key=lambda row: row[1], reverse=True)
    ago = {cycle: position for position, (cycle, _) in enumerate(order, 1)}
    history += [
        EndedRound(
            program=one.program,
            cycle=one.cycle,
            number=one.number,
            cycles_ago=ago[one.cycle],
            groups=one.groups,
        )
        for one in over
    ]
    for found in _rounds(connection, plan, wanted):
        rows[found.id] = found.model_dump_json(exclude_defaults=True)
    past = {one.id: one.model_dump_json(exclude_defaults=True) for one in history}
    put_parts(connection, plan.network, {"running_rounds": rows, "ended_rounds": past}, now)
    return Opened(running=before, ended=ended).model_dump_json()


def undo(connection: Connection, plan: PlanRow, opened: str, now: datetime) -> None:
    """Put back what `run` replaced of the program's own; what other programs changed since stays."""
    before = Opened.model_validate_json(opened)
    parts = {}
    for part, old in (("running_rounds", before.running), ("ended_rounds", before.ended)):
        present = parts_of(connection, plan.network, part)
        parts[part] = {
            **{name: body for name, body in present.items() if json.loads(body)["program"] != plan.program},
            **{name: body for name, body in old.items() if json.loads(body)["program"] == plan.program},
        }
    put_parts(connection, plan.network, parts, now)


def _rounds(connection: Connection, plan: PlanRow, wanted: Collection[str]) -> Iterable[RunningRound]:
    """The rounds of a plan with their groups, by number."""
    groups: dict[int, list[PlanGroup]] = {}
    for one in (PlanGroup.model_validate_json(body) for body in bodies_of(connection, plan.network, plan.id)):
        if one.group in wanted or one.held:
            groups.setdefault(one.round, []).append(one)
    for _, body in list_rows(connection, plan.network, plan.id, "rounds", -1, 1000):
        row = json.loads(body)
        found = groups.get(row["number"], [])
        yield RunningRound(
            program=plan.program,
            cycle=plan.cycle,
            number=row["number"],
            week_of=row["week_of"],
            groups=tuple(one.members for one in found),
        )


def running(connection: Connection, plan: PlanRow) -> set[Seat]:
    """The seats of rounds that took place, of which nobody is asked any more."""
    held = (PlanGroup.model_validate_json(body) for body in bodies_of(connection, plan.network, plan.id))
    return {((one.group,), member) for one in held if one.held for member in one.members}


def without(document: dict[str, Any], keys: Collection[Key]) -> dict[str, Any]:
    """The document without these groups."""
    rounds = []
    for one in document["rounds"]:
        kept = [k for k, key in enumerate(one["keys"]) if (key,) not in keys]
        rounds.append({**one, **{name: [one[name][k] for k in kept] for name in ("groups", "keys")}})
    return {**document, "rounds": rounds}


def overlay(asks: Iterable[Ask]) -> dict[str, Any]:
    """Pins of the program's rounds."""
    meetings = [
        {
            "member": ask.first,
            "other": ask.second or None,
            "round": ask.round,
            "must": "together" if ask.wanted else "apart" if ask.second else "absent",
            "note": ask.note,
        }
        for ask in asks
    ]
    return {"meetings": meetings}


def refusals(seats: Iterable[Seat]) -> list[Edit]:
    """Who refused a group does not come to its round."""
    found = sorted({(member, int(key.split("-")[1])) for (key,), member in seats})
    return [Edit(op="forbid", member=member, round=number) for member, number in found]


def points(connection: Connection, plan: PlanRow) -> dict[str, dict[str, int]]:
    """Member -> round and people -> how many of them are met for the first time."""
    found: dict[str, dict[str, int]] = {}
    for body in bodies_of(connection, plan.network, plan.id):
        group = PlanGroup.model_validate_json(body)
        for member in group.members:
            mates = ", ".join(one for one in group.members if one != member)
            new = sum(member in pair for pair in group.first)
            found.setdefault(member, {})[f"round {group.round}: {mates}"] = new
    return found


def weights(policy: Policy) -> Any:
    """New people are counted alike under every policy."""
    return ()


def would(
    connection: Connection, plan: PlanRow, seat: Seat, people: Mapping[str, Recipient], words: Words
) -> str:
    """The round and the others in the group."""
    key, member = seat
    found = list_series(connection, plan.network, plan.id, ("", ""), 1000, member)
    groups = {one.group: one for one in map(PlanGroup.model_validate_json, found)}
    group = groups.get(key[0])
    reader = people[member].member
    names = sorted(name_for(reader, one.member, words) for one in people.values() if one.id != member)
    if group is None or group.week_of is None:
        return words("would.meet", others=", ".join(names))
    return words("would.meet_in_round", others=", ".join(names), day=words.day(group.week_of))
