"""/answer/TOKEN: where one side of a pair says yes or no; /v1/plans/ID/acceptances: who said what."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Literal, cast

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.html import html_page, page_responses
from api.http.pages import PageQuery, cursor_of, page, place_of
from api.http.plans import PlanPath
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import network_id, services, validated
from matcher.domain.base import Text
from matcher.service.acceptance import Closed, Links, give_answer, look_up
from matcher.service.questions import Asked, asked
from matcher.store.acceptances import Acceptance, list_acceptances
from matcher.store.errors import NotFound
from matcher.store.plans import find_plan

acceptances = APIBlueprint(
    "acceptances",
    __name__,
    url_prefix="/v1/plans",
    abp_tags=[Tag(name="plans")],
    abp_security=[{"key": []}],
    abp_responses=PROBLEM_RESPONSES,
)
answers = APIBlueprint("answers", __name__, abp_tags=[Tag(name="answers")], abp_responses=PROBLEM_RESPONSES)

LONGEST_NOTE = 500
LONGEST_FORM = 20_000
PAGE_RESPONSES = page_responses(
    (404, "No such address: a page that says so"),
    (410, "Too late, or not asked any more: a page that says so"),
    (422, "The form does not fit: a page that says so"),
)


class AnswerPath(BaseModel):
    """The signed part of an address."""

    model_config = ConfigDict(extra="forbid")
    token: Text = Field(max_length=200)


class AcceptanceView(BaseModel):
    """What a member of a pair or group (`key`: learner and guide, or the group's id) was asked until
    `deadline`, and said: open, yes, no or expired."""

    key: list[str]
    member: str
    state: Literal["open", "yes", "no", "expired"]
    asked_at: datetime
    deadline: datetime
    reminded_at: datetime | None
    answered_at: datetime | None
    note: str

    @classmethod
    def of(cls, row: Acceptance) -> AcceptanceView:
        """As it is shown."""
        return cls.model_validate({**vars(row), "key": list(row.series)})


class AcceptancePage(BaseModel):
    """Some answers."""

    items: list[AcceptanceView]
    next: str | None


class AcceptanceQuery(PageQuery):
    """Which answers."""

    state: Literal["open", "yes", "no", "expired"] | None = None


@acceptances.get("/<plan>/acceptances", responses={200: AcceptancePage})
@validated
def show_acceptances(path: PlanPath, query: AcceptanceQuery) -> Response:
    """List who accepted
    Everybody who was asked, by pair or group."""
    place = place_of(query.after, "", "", "")
    with services().database.read() as connection:
        find_plan(connection, network_id(), path.plan)
        after = cast(tuple[str, str, str], place)
        rows = list_acceptances(connection, network_id(), path.plan, after, query.limit + 1, query.state)
    return page(
        rows,
        query,
        lambda row: cursor_of(row.key, row.second, row.member),
        lambda items, following: AcceptancePage(
            items=[AcceptanceView.of(one) for one in items], next=following
        ),
    )


@answers.get("/answer/<token>", responses=PAGE_RESPONSES)
@validated
def show_question(path: AnswerPath) -> Response:
    """Read what one is asked
    A page for a browser. Reading it answers nothing."""
    parts = services()
    try:
        with parts.database.read() as connection:
            found, plan = look_up(connection, Links.of(parts.settings), path.token, parts.now())
            shown = asked(connection, found, plan)
    except (NotFound, Closed) as error:
        return refused(error)
    return _question(shown)


@answers.post("/answer/<token>", responses=PAGE_RESPONSES)
@validated
def take_answer(path: AnswerPath) -> Response:
    """Answer yes or no
    A form (application/x-www-form-urlencoded) with `answer` and, if wanted, `note`. The same answer again is
    fine, and another one counts instead until the deadline."""
    parts = services()
    request.max_content_length = LONGEST_FORM
    answer, note = request.form.get("answer"), request.form.get("note", "").strip()
    if answer not in ("yes", "no") or len(note) > LONGEST_NOTE or "\0" in note:
        told = f"Please say yes or no, with a note of at most {LONGEST_NOTE} characters."
        return html_page("Not understood", f"<p>{told}</p>", 422)
    said: Literal["yes", "no"] = "yes" if answer == "yes" else "no"
    try:
        with parts.database.write() as connection:
            links, now = Links.of(parts.settings), parts.now()
            found = give_answer(connection, links, path.token, said, note, now)
            shown = asked(connection, found, find_plan(connection, found.network, found.plan))
    except (NotFound, Closed) as error:
        return refused(error)
    parts.wake.set()
    return _question(shown)


def refused(error: NotFound | Closed) -> Response:
    """The page of an address at which nothing can be said."""
    if isinstance(error, Closed):
        told = f"{error} Please ask your coordinator if anything is unclear."
        return html_page("Closed", f"<p>{escape(told)}</p>", 410)
    told = "Nothing is asked at this address. Please check that it is complete."
    return html_page("Not found", f"<p>{told}</p>", 404)


def _question(one: Asked) -> Response:
    when = f"{one.start} to {one.end}"
    lines = [f"<p>Hello {escape(one.name)},</p>"]
    if one.answer is not None:
        lines.append(
            f"<p><strong>Your answer is {one.answer}. Thank you.</strong> You can still change it.</p>"
        )
    lines += [
        f"<p>In {escape(one.program)} ({when}) you would <strong>{escape(one.would)}</strong>.</p>",
        f"<p>Please answer until {escape(one.until)}.</p>",
        '<form method="post"><p><label for="note">A note for your coordinator, if you like</label><br>',
        f'<textarea id="note" name="note" maxlength="{LONGEST_NOTE}" rows="3">\n',
        f"{escape(one.note)}</textarea></p>",
        '<p><button name="answer" value="yes">Yes</button>',
        '<button name="answer" value="no">No</button></p></form>',
    ]
    return html_page("Yes or no?", "".join(lines))
