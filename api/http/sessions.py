"""/v1/sessions: what takes place when, and each as an invitation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from flask import Response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.problems import PROBLEM_RESPONSES, Problem
from api.http.requests import answer, network_id, services, validated
from matcher.domain.base import ConferenceLink, Identifier, Instant, Model
from matcher.domain.errors import Fault
from matcher.domain.family import Family
from matcher.domain.policy import Kind
from matcher.domain.rota_policy import RoleName
from matcher.domain.session import Session, State
from matcher.service.acceptance import Links
from matcher.service.conferences import set_conference
from matcher.service.invites import invitation
from matcher.store.attendance import Answer, AnswerState, answers_to
from matcher.store.sessions import SessionFilter, find_session, list_sessions, session_id

sessions = APIBlueprint(
    "sessions",
    __name__,
    url_prefix="/v1/sessions",
    abp_tags=[Tag(name="sessions")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)


class AnswerView(BaseModel):
    """What somebody answered about the time that the session has, and what they wrote to it."""

    state: AnswerState
    answered_at: datetime
    note: str


class SessionView(BaseModel):
    """One meeting, `start` to `end`, stated in `time_zone`. `key` names the pair (learner, guide) or the
    group that meets; `roles`: who facilitates it; `guests`: who attends without being of the group; `left`:
    who was to attend and does not any more, and since when; `answers`: who said that they come, or not, since
    it has its present time."""

    id: str
    uid: str
    plan: str | None
    program: str
    cycle: str
    family: Family
    kind: Kind | None
    key: list[str]
    attendees: list[str]
    roles: dict[str, RoleName]
    guests: list[str]
    left: dict[str, datetime]
    index: int
    start: datetime
    end: datetime
    time_zone: str
    state: State
    sequence: int
    changed_at: datetime
    title: str
    description: str
    conference: str | None
    answers: dict[str, AnswerView]

    @classmethod
    def of(cls, session: Session, answers: Mapping[str, Mapping[str, Answer]]) -> SessionView:
        """As it is shown; `answers` by session and member."""
        own = session_id(session)
        given = {who: AnswerView.model_validate(vars(one)) for who, one in answers.get(own, {}).items()}
        return cls(id=own, answers=given, **session.model_dump(exclude={"network", "text"}))


class SessionPage(BaseModel):
    """Some sessions."""

    items: list[SessionView]
    next: str | None


class SessionPath(BaseModel):
    """Which session."""

    model_config = ConfigDict(extra="forbid")
    session: Identifier


class SessionQuery(PageQuery):
    """Which sessions: all conditions that are given hold."""

    family: Family | None = None
    program: Identifier | None = None
    member: Identifier | None = Field(default=None, description="Who attends, or left it.")
    plan: Identifier | None = Field(default=None, description="The plan that last changed them.")
    state: Literal["scheduled", "cancelled"] | None = None
    first: Instant | None = Field(default=None, alias="from", description="They begin at or after this.")
    last: Instant | None = Field(default=None, alias="to", description="They begin before this.")


class Conference(Model):
    """Where a session is held online (null: nowhere); `series`: with it all of its series to come."""

    url: ConferenceLink | None
    series: bool = False


class ConferenceChange(BaseModel):
    """The sessions that changed, by their ids."""

    changed: list[str]


class InviteQuery(BaseModel):
    """For whom."""

    model_config = ConfigDict(extra="forbid")
    member: Identifier


@sessions.get("", responses={200: SessionPage})
@validated
def show_sessions(query: SessionQuery) -> Response:
    """List sessions
    By start; cancelled ones too, unless `state` says otherwise."""
    wanted = SessionFilter(
        family=query.family,
        program=query.program,
        member=query.member,
        plan=query.plan,
        state=State(query.state) if query.state else None,
        first=query.first,
        last=query.last,
    )
    with services().database.read() as connection:
        rows = list_sessions(connection, network_id(), wanted, _place(query), query.limit + 1)
        given = answers_to(connection, network_id(), rows)
    return page(
        rows,
        query,
        lambda one: cursor_of(one.start.isoformat(), session_id(one)),
        lambda items, following: SessionPage(
            items=[SessionView.of(one, given) for one in items], next=following
        ),
    )


@sessions.get("/<session>", responses={200: SessionView})
@validated
def show_session(path: SessionPath) -> Response:
    """Read a session"""
    with services().database.read() as connection:
        found = find_session(connection, network_id(), path.session)
        given = answers_to(connection, network_id(), [found])
    return answer(SessionView.of(found, given))


@sessions.put("/<session>/conference", responses={200: ConferenceChange})
@validated
def change_conference(path: SessionPath, body: Conference) -> Response:
    """Set where a session is held online
    Of one session, or of it and all of its series to come. Its people are told as of a new time: a changed
    event in feeds, an updated invitation."""
    parts = services()
    with parts.database.write() as connection:
        changed = set_conference(connection, network_id(), path.session, body.url, body.series, parts.now())
    return answer(ConferenceChange(changed=[session_id(one) for one in changed]))


@sessions.get(
    "/<session>/invite.ics",
    responses={200: {"description": "An iTIP message (RFC 5546)", "content": {"text/calendar": {}}}},
)
@validated
def show_invite(path: SessionPath, query: InviteQuery) -> Response:
    """Read a session as a member would be mailed it
    A REQUEST, or a CANCEL for a session that is cancelled."""
    parts = services()
    with parts.database.read() as connection:
        tags = Links.of(parts.settings).tags
        method, data = invitation(connection, network_id(), path.session, query.member, tags)
    return Response(
        data,
        content_type=f"text/calendar; charset=utf-8; method={method}",
        headers={"Content-Disposition": f'attachment; filename="{method.lower()}.ics"'},
    )


def _place(query: SessionQuery) -> tuple[datetime, str] | None:
    if not query.after:
        return None
    start, identifier = place_of(query.after, "", "")
    try:
        moment = datetime.fromisoformat(str(start))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        fault = Fault("after", "is not a `next` of a page before")
        raise Problem("invalid-request", "The cursor is none of ours.", [fault])
    return moment, str(identifier)
