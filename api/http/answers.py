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
from matcher.texts.words import CATALOGUES, FALLBACK, Words, words_for

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
        return told_page(asked_words(), "page.not_understood", "page.say_yes_or_no", 422, most=LONGEST_NOTE)
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
    """The page of an address at which nothing can be said. Whose it was is not known: the browser's language
    decides."""
    words = asked_words()
    if isinstance(error, Closed):
        told = f"{words(f'closed.{error.why}')} {words('page.ask_coordinator')}"
        return html_page(escape(words("page.closed")), f"<p>{escape(told)}</p>", 410, words.language)
    return told_page(words, "page.not_found", "page.nothing_asked", 404)


def asked_words() -> Words:
    """Words in a language that the browser asks for."""
    best = request.accept_languages.best_match(list(CATALOGUES))
    return words_for(best or FALLBACK)


def told_page(words: Words, title: str, text: str, status: int, **values: object) -> Response:
    """A page with one sentence; both by their keys."""
    body = f"<p>{escape(words(text, **values))}</p>"
    return html_page(escape(words(title)), body, status, words.language)


def yes_or_no_form(words: Words, inner: str = "") -> str:
    """The form with the two buttons."""
    buttons = [
        f'<button name="answer" value="{said}">{escape(words(f"page.{said}"))}</button>'
        for said in ("yes", "no")
    ]
    return f'<form method="post">{inner}<p>{"".join(buttons)}</p></form>'


def hello(words: Words, name: str) -> str:
    """The first line of a page."""
    return f"<p>{escape(words('mail.hello', name=name))}</p>"


def strong(sentence: str, part: str) -> str:
    """A sentence in HTML with one part of it in bold."""
    return f"<p>{escape(sentence).replace(escape(part), f'<strong>{escape(part)}</strong>', 1)}</p>"


def _question(one: Asked) -> Response:
    words = one.words
    lines = [hello(words, one.name)]
    if one.answer is not None:
        given = f"<strong>{escape(words(f'page.answered.{one.answer}'))}</strong>"
        lines.append(f"<p>{given} {escape(words('page.can_change'))}</p>")
    start, end = words.day(one.start), words.day(one.end)
    sentence = words("question.what", program=one.program, start=start, end=end, would=one.would)
    note = (
        f'<p><label for="note">{escape(words("page.note"))}</label><br>'
        f'<textarea id="note" name="note" maxlength="{LONGEST_NOTE}" rows="3">\n'
        f"{escape(one.note)}</textarea></p>"
    )
    lines += [
        strong(sentence, one.would),
        f"<p>{escape(words('page.answer_until', until=one.until))}</p>",
        yes_or_no_form(words, note),
    ]
    return html_page(escape(words("page.yes_or_no")), "".join(lines), language=words.language)
