"""What answers break: turns that were declined, sessions that fewer than their quorum come to.

A repair opens with the answer that breaks something, and closes by itself when nothing is broken any more:
somebody else takes the turn, the person comes after all, the session moves or does not take place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel

from matcher.domain.family import Family
from matcher.domain.policy import Policy
from matcher.domain.session import Session, State
from matcher.store.attendance import Answer, answers_to, overtake
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.ids import new_id
from matcher.store.networks import NetworkRow
from matcher.store.outbox import Letter, post
from matcher.store.plans import published_plan
from matcher.store.repairs import Repair, add_repair, change_repair, open_repairs
from matcher.store.sessions import session_id

REPAIR = "repair"
"""The kind of mail that tells the coordinator of one."""

Broken = tuple[str, str]
"""Kind of repair, and who declined; of a quorum that is lost "" stands for everybody."""


class RepairNotice(BaseModel):
    """What such a mail is made from."""

    repair: str


def review(
    connection: Connection,
    network: NetworkRow,
    sessions: Sequence[Session],
    now: datetime,
    *,
    changed: bool = False,
) -> None:
    """Open the repairs that these stored sessions need, and close those that they need no more. `changed`:
    the
    sessions themselves did, so proposals for them are overtaken."""
    answers = answers_to(connection, network.id, sessions)
    for session in sessions:
        own = session_id(session)
        if changed:
            overtake(connection, network.id, own, now)
        known = {_broken(one): one for one in open_repairs(connection, network.id, own)}
        declined = {who: one for who, one in answers.get(own, {}).items() if one.state == "declined"}
        if not known and not declined:
            continue
        wanted = _wanted(connection, network, session, declined, now)
        for what, repair in known.items():
            if what not in wanted:
                change_repair(
                    connection, repair, state="closed", closed_at=now, closed_because=_why(repair, session)
                )
            elif repair.kind == "quorum":
                change_repair(connection, repair, coming=wanted[what].coming, member=wanted[what].member)
        for what, repair in wanted.items():
            if what not in known:
                add_repair(connection, repair)
                _tell(connection, network, session, repair, now)


def _broken(repair: Repair) -> Broken:
    return (repair.kind, repair.member if repair.kind == "turn" else "")


def _wanted(
    connection: Connection,
    network: NetworkRow,
    session: Session,
    declined: Mapping[str, Answer],
    now: datetime,
) -> dict[Broken, Repair]:
    """What is broken about a session to come."""
    if session.state is State.CANCELLED or session.start <= now or not declined:
        return {}
    found: dict[Broken, Repair] = {}
    own = session_id(session)
    for member in declined:
        role = session.roles.get(member)
        if role is not None:
            found["turn", member] = Repair(
                network.id,
                new_id("repair"),
                "turn",
                own,
                member,
                role,
                None,
                None,
                session.start,
                "open",
                now,
            )
    group = [one for one in session.attendees if one not in session.guests]
    coming = sum(one not in declined for one in group)
    needed = quorum_of(connection, session, len(group))
    if coming < needed:
        last = max((one for one in group if one in declined), key=lambda one: declined[one].answered_at)
        found["quorum", ""] = Repair(
            network.id,
            new_id("repair"),
            "quorum",
            own,
            last,
            None,
            needed,
            coming,
            session.start,
            "open",
            now,
        )
    return found


def quorum_of(connection: Connection, session: Session, size: int) -> int:
    """How many of a group must come to a session: both of a pair; of others the policy's percentage, that of
    rotas where one gives the session its time, and two at least."""
    if session.family is Family.PAIRS:
        return size
    header = header_of(connection, session.network)
    program = next((one for one in header.programs if one.id == session.program), None)
    named = program.policy if program is not None else "default"
    policy = next((one for one in header.policies if one.id == named), Policy(id="default"))
    rota = published_plan(connection, session.network, session.program, session.cycle, Family.ROTA, "")
    held = session.family is Family.ROTA or (rota is not None and rota.id == session.plan)
    percent = policy.rota.quorum if held else policy.pods.quorum
    return min(size, max(2, -(-percent * size // 100)))


def _why(repair: Repair, session: Session) -> str:
    if session.state is State.CANCELLED:
        return "The session does not take place."
    if session.start != repair.start:
        return "The session has another time."
    if repair.kind == "quorum":
        return "Enough people come again."
    if repair.member in session.roles:
        return f"{repair.member} takes the turn after all."
    return "Somebody else takes the turn."


def _tell(
    connection: Connection, network: NetworkRow, session: Session, repair: Repair, now: datetime
) -> None:
    if network.settings.coordinator_email is None:
        return
    letter = Letter(
        kind=REPAIR,
        member=repair.member,
        message_id=f"<{repair.id}@{network.settings.uid_domain}>",
        body=RepairNotice(repair=repair.id).model_dump_json(),
        due_at=now,
        plan=session.plan,
    )
    post(connection, network.id, [letter], now)
