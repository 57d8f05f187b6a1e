"""/mail/TOKEN: where a member chooses which mails they get, or none."""

from __future__ import annotations

from html import escape

from flask import Response, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.http.answers import LONGEST_FORM, asked_words, told_page
from api.http.html import html_page, page_responses
from api.http.problems import PROBLEM_RESPONSES
from api.http.requests import services, validated
from matcher.domain.base import Text
from matcher.domain.settings import Channel, Notices
from matcher.service.acceptance import Links
from matcher.service.mail_links import (
    MailChoices,
    choices_of,
    find_reader,
    resume_mails,
    set_notices,
    stop_mails,
)
from matcher.store.errors import NotFound
from matcher.texts.words import words_of

mail_pages = APIBlueprint(
    "mail_pages", __name__, abp_tags=[Tag(name="mails")], abp_responses=PROBLEM_RESPONSES
)
_RESPONSES = page_responses((404, "No such address: a page that says so"), (422, "The form does not fit"))
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


class ReaderPath(BaseModel):
    """The signed part of an address."""

    model_config = ConfigDict(extra="forbid")
    token: Text = Field(max_length=1000)


@mail_pages.get("/mail/<token>", responses=_RESPONSES)
@validated
def show_choices(path: ReaderPath) -> Response:
    """Look at which mails one gets
    A page for a browser. Reading it changes nothing: programs open links of mails by themselves."""
    parts = services()
    try:
        network, member = find_reader(Links.of(parts.settings), path.token)
        with parts.database.read() as connection:
            return _page(choices_of(connection, network, member))
    except NotFound:
        return _unknown()


@mail_pages.post("/mail/<token>", responses=_RESPONSES)
@validated
def choose(path: ReaderPath) -> Response:
    """Choose which mails one gets
    A form (application/x-www-form-urlencoded): `do` is `stop`, `resume` or `notices` (with `notices`: turns,
    all, daily or weekly). One click in a mail program (RFC 8058) sends `List-Unsubscribe=One-Click`."""
    request.max_content_length = LONGEST_FORM
    parts, form = services(), request.form
    what = "stop" if form.get(_ONE_CLICK[0]) == _ONE_CLICK[1] else form.get("do")
    chosen = form.get("notices", "")
    try:
        network, member = find_reader(Links.of(parts.settings), path.token)
        with parts.database.write() as connection:
            if what == "stop":
                stop_mails(connection, network, member, parts.now())
            elif what == "resume":
                resume_mails(connection, network, member)
            elif what == "notices" and chosen in list(Notices):
                set_notices(connection, network, member, Notices(chosen))
            else:
                return told_page(asked_words(), "page.not_understood", "mails.choose_one", 422)
            return _page(choices_of(connection, network, member))
    except NotFound:
        return _unknown()


def _unknown() -> Response:
    return told_page(asked_words(), "page.not_found", "mails.nothing_here", 404)


def _page(one: MailChoices) -> Response:
    words = words_of(one.reader.member)

    def say(key: str) -> str:
        return escape(words(f"mails.{key}"))

    lines = []
    if one.refused:
        lines.append(f"<p>{say('refused')}</p>")
    elif one.stopped:
        lines.append(f"<p><strong>{say('stopped')}</strong></p>")
        lines.append(f'<form method="post"><button name="do" value="resume">{say("resume")}</button></form>')
    else:
        if one.channel is Channel.FEED:
            lines.append(f'<form method="post"><fieldset><legend>{say("which")}</legend>')
            for notices in Notices:
                ticked = " checked" if notices is one.reader.notices else ""
                lines.append(
                    f'<p><label><input type="radio" name="notices" value="{notices}"{ticked}> '
                    f"{say(f'notices.{notices}')}</label></p>"
                )
            lines.append(f'</fieldset><button name="do" value="notices">{say("save")}</button></form>')
        else:
            lines.append(f"<p>{say('invites')}</p>")
        lines.append(f"<h2>{say('none')}</h2><p>{say('what_none_means')}</p>")
        lines.append(f'<form method="post"><button name="do" value="stop">{say("stop")}</button></form>')
    return html_page(say("title"), "".join(lines), language=words.language)
