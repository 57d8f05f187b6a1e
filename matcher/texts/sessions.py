"""A session's title and description in words: in the reader's language, with the names that they may read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from matcher.domain.rota_policy import RoleName
from matcher.domain.session import Session
from matcher.domain.session_text import Named, SessionText, Why
from matcher.texts.words import ENGLISH, Words

LONGEST_TITLE = 500


def all_names(person: Named) -> bool:
    """Every name that profiles show."""
    return True


@dataclass(frozen=True)
class View:
    """How a session is told: in which words, to whom (a member's id: their own role is told), with which
    names, and whether with the reasons why its people meet, which say things about them."""

    words: Words = ENGLISH
    reader: str | None = None
    names: Callable[[Named], bool] = all_names
    reasons: bool = True


def colleagues_only(own: AbstractSet[str], words: Words) -> View:
    """For an organization: its own people's names (`own`: their ids) and no reasons, which say things about
    others."""
    return View(words, names=lambda person: person.member in own, reasons=False)


def in_words(session: Session, view: View) -> Session:
    """A session with title and description as one reader reads them. One without parts (`text`) keeps its
    own."""
    told = {"title": session.title, "description": session.description}
    if session.text is not None:
        told = {"title": title(session.text, view), "description": description(session.text, view)}
    role = session.roles.get(view.reader) if view.reader is not None else None
    if role is not None:
        told["title"] = view.words("session.with_role", title=told["title"], role=view.words(f"does.{role}"))
    return session.model_copy(update=told)


def title(text: SessionText, view: View) -> str:
    """One line, at most 500 characters."""
    if text.label is None:
        return text.title[:LONGEST_TITLE]
    people = [_name(one, view) for one in text.people]
    if text.label == "round":
        line = view.words("label.round", number=text.number, what=", ".join(people))
    elif text.label in ("mentoring", "reverse", "shadowing"):
        line = view.words(f"label.{text.label}", what=view.words.listed(people))
    else:
        line = view.words(f"label.{text.label}", what=text.title)
    return line[:LONGEST_TITLE]


def description(text: SessionText, view: View) -> str:
    """Who is in it, what it is about, the agenda with time boxes, and why these people meet."""
    words = view.words
    lines = ["\n\n".join(filter(None, (" ".join(_people(text, view)), _about(text, words))))]
    if text.agenda:
        lines += ["", words("session.agenda")]
        begin = timedelta(0)
        for box in text.agenda:
            part = words.agenda_part(box.text)
            lines.append(words("session.part", at=_clock(begin), part=part, minutes=box.minutes))
            begin += timedelta(minutes=box.minutes)
    why = list(_why(text, view)) if view.reasons else []
    if why:
        lines += ["", words("why.title"), *why]
    return "\n".join(lines)


def _people(text: SessionText, view: View) -> Iterable[str]:
    words = view.words
    names = [_name(one, view) for one in text.people]
    if text.label != "round":
        yield words("session.number", number=text.number, count=text.count)
    if text.pair_roles:
        learner, guide = names
        yield words("session.pair", learner=learner, guide=guide)
    elif names:
        yield words("session.with", people=words.listed(names))
    if text.expert is not None:
        yield words("session.expert", name=_name(text.expert, view))
    for role, people in text.facilitators.items():
        if people:
            yield words(f"led_by.{role}", people=words.listed([_name(one, view) for one in people]))


def _about(text: SessionText, words: Words) -> str:
    about = text.about
    if text.label == "round":
        about = words("session.round", number=text.number, count=text.count, program=text.title)
    success = words("session.success", measure=text.success) if text.success else ""
    return "\n".join(filter(None, (about, success)))


def _why(text: SessionText, view: View) -> Iterable[str]:
    words, why = view.words, text.why
    if why.skills:
        learner, guide = (_name(one, view) for one in text.people[:2])
        skills = words.listed([_skill(one.skill, one.level, one.helps_with, words) for one in why.skills])
        yield words("why.skills", learner=learner, guide=guide, skills=skills)
    if why.goals:
        yield words("why.goals", goals=words.listed(why.goals))
    for seat in why.seats:
        told = " ".join(
            words(f"why.{one.code}", names=words.listed(one.names), place=one.place) for one in seat.reasons
        )
        yield words("why.seat", name=_name(seat.who, view), sentences=told)
    if why.all_pairs is not None:
        yield _freshness(why, words)
    if why.text:
        yield why.text


def _skill(name: str, level: int, helps_with: str | None, words: Words) -> str:
    if helps_with is None:
        return words("why.skill", skill=name, level=level)
    return words("why.related_skill", skill=name, level=level, sought=helps_with)


def _freshness(why: Why, words: Words) -> str:
    assert why.all_pairs is not None
    if why.fresh_pairs == why.all_pairs:
        return words("why.all_fresh")
    return words("why.some_fresh", count=why.all_pairs, fresh=why.fresh_pairs)


def _name(person: Named, view: View) -> str:
    if person.name is not None and view.names(person):
        return person.name
    return view.words("member_of", organization=person.organization)


def role_words(role: RoleName, words: Words) -> str:
    """What one does in a role: "you lead"."""
    return words(f"does.{role}")


def _clock(since_start: timedelta) -> str:
    hours, minutes = divmod(int(since_start.total_seconds()) // 60, 60)
    return f"{hours}:{minutes:02d}"
