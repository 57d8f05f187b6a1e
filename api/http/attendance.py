"""/v1/attendance, /v1/proposals and /v1/repairs: what people answered, and what follows from it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from api.http.explain import told
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import Identifier
from matcher.domain.rota_explanation import TurnExplanation
from matcher.domain.rota_policy import RoleName
from matcher.service.asking import explain_turn
from matcher.service.attendance.declined_turns import turn_of
from matcher.service.attendance.proposals import refuse, take_up
from matcher.store.attendance import (
    Answer,
    AnswerState,
    Proposal,
    ProposalState,
    find_proposal,
    list_answers,
    list_proposals,
)
from matcher.store.repairs import Repair, RepairKind, find_repair, list_repairs

attendance = APIBlueprint(
    "attendance",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="answers")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class AttendanceView(BaseModel):
    """The latest answer of a member to a session, and the time that it is about: where the session has
    another one by now, it holds no more. `sequence`: of the version that it is about; `note`: their words."""

    session: str
    member: str
    state: AnswerState
    start: datetime
    end: datetime
    sequence: int
    answered_at: datetime
    note: str

    @classmethod
    def of(cls, row: Answer) -> AttendanceView:
        """As it is shown."""
        return cls.model_validate(vars(row))


class AttendancePage(BaseModel):
    """Some answers."""

    items: list[AttendanceView]
    next: str | None


class AttendanceQuery(PageQuery):
    """Which answers."""

    member: Identifier | None = None
    state: AnswerState | None = None


@attendance.get("/attendance", responses={200: AttendancePage})
@validated
def show_attendance(query: AttendanceQuery) -> Response:
    """List answers to invitations
    The latest of each member to each session, by session; those that hold stand in sessions too."""
    session, member = place_of(query.after, "", "")
    place = str(session), str(member)
    with services().database.read() as connection:
        rows = list_answers(connection, network_id(), place, query.limit + 1, query.member, query.state)
    return page(
        rows,
        query,
        lambda one: cursor_of(one.session, one.member),
        lambda items, following: AttendancePage(
            items=[AttendanceView.of(one) for one in items], next=following
        ),
    )


class ProposalView(BaseModel):
    """Another time that a member proposed for a session: open, taken, refused, or overtaken by a later one or
    by a change of the session."""

    id: str
    session: str
    member: str
    start: datetime
    end: datetime
    note: str
    state: ProposalState
    created_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, row: Proposal) -> ProposalView:
        """As it is shown."""
        return cls.model_validate(vars(row))


class ProposalPage(BaseModel):
    """Some proposals."""

    items: list[ProposalView]
    next: str | None


class ProposalQuery(PageQuery):
    """Which proposals."""

    state: ProposalState | None = None
    session: Identifier | None = None


class ProposalPath(BaseModel):
    """Which proposal."""

    model_config = ConfigDict(extra="forbid")
    proposal: Identifier


@attendance.get("/proposals", responses={200: ProposalPage})
@validated
def show_proposals(query: ProposalQuery) -> Response:
    """List other times that members proposed
    As they came (COUNTER; RFC 5546, section 3.2.7)."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_proposals(
            connection, network_id(), str(after), query.limit + 1, query.state, query.session
        )
    return page(
        rows,
        query,
        lambda one: cursor_of(one.id),
        lambda items, following: ProposalPage(items=[ProposalView.of(one) for one in items], next=following),
    )


@attendance.get("/proposals/<proposal>", responses={200: ProposalView})
@validated
def show_proposal(path: ProposalPath) -> Response:
    """Read a proposal"""
    with services().database.read() as connection:
        found = find_proposal(connection, network_id(), path.proposal)
    return answer(ProposalView.of(found))


@attendance.post("/proposals/<proposal>/accept", responses={200: ProposalView})
@validated
def accept_proposal(path: ProposalPath) -> Response:
    """Take a proposal up
    The session moves to the proposed time, under the same UID, and its people are told. Refused (409) with
    what stands against it: who cannot come, is in another session then, or what gives it its time."""
    parts = services()
    with parts.database.write() as connection:
        found, _ = take_up(connection, network_id(), path.proposal, parts.now())
    return answer(ProposalView.of(found))


@attendance.post("/proposals/<proposal>/refuse", responses={200: ProposalView})
@validated
def refuse_proposal(path: ProposalPath) -> Response:
    """Refuse a proposal
    The session stays; who proposed another time is mailed a DECLINECOUNTER."""
    parts = services()
    with parts.database.write() as connection:
        found = refuse(connection, network_id(), path.proposal, parts.now())
    return answer(ProposalView.of(found))


class RepairView(BaseModel):
    """What answers broke: a turn that `member` declined (`role`), or a session to which
    `coming` of its group come where `needed` must (`member` declined last). It closes by itself,
    `closed_because` says why."""

    id: str
    kind: RepairKind
    session: str
    member: str
    role: RoleName | None
    needed: int | None
    coming: int | None
    start: datetime
    state: Literal["open", "closed"]
    opened_at: datetime
    closed_at: datetime | None
    closed_because: str | None

    @classmethod
    def of(cls, row: Repair) -> RepairView:
        """As it is shown."""
        return cls.model_validate(vars(row))


class RepairPage(BaseModel):
    """Some repairs."""

    items: list[RepairView]
    next: str | None


class RepairQuery(PageQuery):
    """Which repairs."""

    state: Literal["open", "closed"] | None = None
    session: Identifier | None = None


class RepairPath(BaseModel):
    """Which repair."""

    model_config = ConfigDict(extra="forbid")
    repair: Identifier


@attendance.get("/repairs", responses={200: RepairPage})
@validated
def show_repairs(query: RepairQuery) -> Response:
    """List what answers broke
    Turns that were declined, and sessions that fewer than their quorum come to, as they came up."""
    (after,) = place_of(query.after, "")
    with services().database.read() as connection:
        rows = list_repairs(connection, network_id(), str(after), query.limit + 1, query.state, query.session)
    return page(
        rows,
        query,
        lambda one: cursor_of(one.id),
        lambda items, following: RepairPage(items=[RepairView.of(one) for one in items], next=following),
    )


@attendance.get("/repairs/<repair>", responses={200: RepairView})
@validated
def show_repair(path: RepairPath) -> Response:
    """Read a repair"""
    with services().database.read() as connection:
        found = find_repair(connection, network_id(), path.repair)
    return answer(RepairView.of(found))


class StandIns(BaseModel):
    """The turn that was declined, by its plan and id, and who could take it, the best first."""

    plan: str
    turn: str
    explanation: TurnExplanation


@attendance.get("/repairs/<repair>/stand-ins", responses={200: StandIns})
@validated
def show_stand_ins(path: RepairPath) -> Response:
    """Explain who could take a declined turn
    Stand-ins and swaps, the best first, as of the rota; `POST /v1/plans/{plan}/swaps` makes one.
    Only an open repair of the kind "turn" has any (else 409)."""
    parts, network = services(), network_id()
    with parts.database.read() as connection:
        plan, turn = turn_of(connection, find_repair(connection, network, path.repair))
    found = told(lambda: explain_turn(parts, network, plan, turn))
    return answer(StandIns(plan=plan, turn=turn, explanation=found))
