"""/answer/turn/TOKEN and /answer/swap/TOKEN: people of a rota ask each other to take turns."""

from __future__ import annotations

from html import escape
from typing import Literal

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.answers import (
    LONGEST_FORM,
    PAGE_RESPONSES,
    asked_words,
    hello,
    refused,
    strong,
    told_page,
    yes_or_no_form,
)
from api.http.explain import told
from api.http.html import html_page
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import services, validated
from matcher.domain.base import Text
from matcher.service.acceptance import Closed
from matcher.service.offers import OfferPage, OwnTurnPage, answer_offer, make_offer, show_offer, show_own
from matcher.store.errors import Conflict, NotFound

turn_pages = APIBlueprint(
    "turn_pages",
    __name__,
    url_prefix="/answer",
    abp_tags=[Tag(name="answers")],
    abp_responses=PROBLEM_RESPONSES,
)
LONGEST_TOKEN = 1000


class TurnTokenPath(BaseModel):
    """The signed part of an address."""

    model_config = ConfigDict(extra="forbid")
    token: Text = Field(max_length=LONGEST_TOKEN)


@turn_pages.get("/turn/<token>", responses=PAGE_RESPONSES)
@validated
def show_turn(path: TurnTokenPath) -> Response:
    """Read one's own turn
    A page for a browser: who could take it, by the rules, and what was asked. Reading it asks nobody."""
    try:
        return _own(told(lambda: show_own(services(), path.token)))
    except (NotFound, Conflict) as error:
        return refused(_closed(error))


@turn_pages.post("/turn/<token>", responses=PAGE_RESPONSES)
@validated
def ask_somebody(path: TurnTokenPath) -> Response:
    """Ask somebody to take one's turn
    A form (application/x-www-form-urlencoded) with `choice`, one that the page offers. They get a mail with
    an address where they say yes or no."""
    request.max_content_length = LONGEST_FORM
    choice = request.form.get("choice", "")
    if choice.partition(" ")[0] not in ("member", "turn") or len(choice) > 200 or "\0" in choice:
        return told_page(asked_words(), "page.not_understood", "page.choose", 422)
    parts = services()
    try:
        told(lambda: make_offer(parts, path.token, choice))
        return _own(told(lambda: show_own(parts, path.token)))
    except (NotFound, Conflict) as error:
        return refused(_closed(error))


@turn_pages.get("/swap/<token>", responses=PAGE_RESPONSES)
@validated
def show_swap(path: TurnTokenPath) -> Response:
    """Read what somebody asks
    A page for a browser. Reading it answers nothing."""
    try:
        return _asked(show_offer(services(), path.token))
    except (NotFound, Conflict) as error:
        return refused(_closed(error))


@turn_pages.post("/swap/<token>", responses=PAGE_RESPONSES)
@validated
def answer_swap(path: TurnTokenPath) -> Response:
    """Answer yes or no
    A form (application/x-www-form-urlencoded) with `answer`. A yes is judged by the rules again and then
    done; the first answer counts."""
    request.max_content_length = LONGEST_FORM
    said = request.form.get("answer")
    if said not in ("yes", "no"):
        return told_page(asked_words(), "page.not_understood", "page.choose_answer", 422)
    answer: Literal["yes", "no"] = "yes" if said == "yes" else "no"
    try:
        return _asked(told(lambda: answer_offer(services(), path.token, answer)))
    except (NotFound, Conflict) as error:
        return refused(_closed(error))


def _closed(error: NotFound | Conflict) -> NotFound | Closed:
    return error if isinstance(error, NotFound | Closed) else Closed("other", str(error))


def _own(one: OwnTurnPage) -> Response:
    words = one.language
    lines = [hello(words, one.name), strong(words("page.your_turn_is", turn=one.words), one.words)]
    lines += [f"<p>{escape(line)}</p>" for line in one.asked]
    if one.choices:
        whom = escape(words("page.whom_to_ask"))
        lines.append(f'<form method="post"><p><label for="choice">{whom}</label><br>')
        options = "".join(
            f'<option value="{escape(each.value)}">{escape(each.words)}</option>' for each in one.choices
        )
        lines.append(f'<select id="choice" name="choice">{options}</select></p>')
        lines.append(f"<p><button>{escape(words('page.ask'))}</button></p></form>")
    if one.closed is not None:
        lines.append(f"<p>{escape(one.closed)}</p>")
    return html_page(escape(words("page.your_turn")), "".join(lines), language=words.language)


def _asked(one: OfferPage) -> Response:
    words = one.language
    lines = [hello(words, one.name), strong(words("swap.asks", name=one.giver, turn=one.take), one.take)]
    if one.give is not None:
        lines.append(strong(words("swap.for_it", turn=one.give), one.give))
    if one.answer is not None:
        lines.append(f"<p><strong>{escape(words(f'page.answered.{one.answer}'))}</strong></p>")
    else:
        lines.append(f"<p>{escape(words('page.answer_until', until=one.until))}</p>")
        lines.append(yes_or_no_form(words))
    return html_page(escape(words("page.yes_or_no")), "".join(lines), language=words.language)
