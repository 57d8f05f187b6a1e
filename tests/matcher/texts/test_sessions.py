"""Dates, lists and sessions in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from matcher.domain.session_text import Named, SeatReason, SeatReasons, SessionText, SkillMet, TimeBox, Why
from matcher.texts.sessions import View, description, in_words, title
from matcher.texts.words import words_for

NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)
ADA = Named(member="ada", name="Ada", organization="north")
GUS = Named(member="gus", name="Gus", organization="south")
HIDDEN = Named(member="x", organization="west")


def clean(text):
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("tag", "region", "wanted"),
    [
        ("en", None, "Thu, 10 Sept 2026, 14:00\N{EN DASH}15:00 (Europe/Berlin)"),
        ("en", "US", "Thu, Sep 10, 2026, 2:00 PM\N{EN DASH}3:00 PM (Europe/Berlin)"),
        ("de", "DE", "Do., 10. Sept. 2026, 14:00\N{EN DASH}15:00 (Europe/Berlin)"),
        ("fr", None, "jeu. 10 sept. 2026, 14:00\N{EN DASH}15:00 (Europe/Berlin)"),
        ("es", "ES", "jue, 10 sept 2026, 14:00\N{EN DASH}15:00 (Europe/Berlin)"),
        ("pt-BR", None, "qui., 10 de set. de 2026, 14:00\N{EN DASH}15:00 (Europe/Berlin)"),
    ],
)
def test_times_look_as_people_write_them(tag, region, wanted):
    assert words_for(tag, region).span(NOON, NOON + timedelta(hours=1), "Europe/Berlin") == wanted


def test_a_span_over_midnight_names_both_days():
    told = words_for("de").span(NOON, NOON + timedelta(hours=11), "Europe/Berlin")
    assert told == "Do., 10. Sept. 2026, 14:00\N{EN DASH}Fr., 11. Sept. 2026, 01:00 (Europe/Berlin)"


def test_a_country_that_does_not_go_with_the_language_does_no_harm():
    assert words_for("fr", "JP").day(date(2026, 9, 10)) == "jeu. 10 sept. 2026"


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("en", "a, b and c"),
        ("de", "a, b und c"),
        ("fr", "a, b et c"),
        ("es", "a, b y c"),
        ("pt", "a, b e c"),
    ],
)
def test_lists_are_joined_by_the_language(tag, wanted):
    assert words_for(tag).listed(["a", "b", "c"]) == wanted
    assert words_for(tag).listed(["a"]) == "a"
    assert words_for(tag).listed([]) == ""


def pair(**more):
    return SessionText(
        label="mentoring",
        number=2,
        count=6,
        people=(ADA, GUS),
        pair_roles=True,
        agenda=(
            TimeBox(minutes=10, text="Opening: check-in"),
            TimeBox(minutes=50, text="Wir reden <frei>"),
        ),
        why=Why(skills=(SkillMet(skill="Go", level=3, helps_with="Kubernetes"),), goals=("Lead",)),
        **more,
    )


def test_a_pairs_session_in_german():
    view = View(words_for("de"))
    assert title(pair(), view) == "Mentoring: Ada und Gus"
    assert description(pair(), view).split("\n") == [
        "Treffen 2 von 6. Lernt: Ada. Begleitet: Gus.",
        "",
        "Ablauf",
        "0:00 Beginn: Ankommen (10 Min.)",
        "0:10 Wir reden <frei> (50 Min.)",
        "",
        "Warum Sie zusammengebracht wurden",
        "- Gus bietet, was Ada sucht: Go (Stufe 3 von 5, hilft bei Kubernetes).",
        "- Gemeinsame Ziele: Lead.",
    ]


def test_names_that_a_reader_may_not_have_are_told_by_organization():
    view = View(words_for("fr"), names=lambda one: one.member == "ada", reasons=False)
    assert title(pair(), view) == "Mentorat : Ada et un membre de south"
    assert "Gus" not in description(pair(), view)
    assert "Pourquoi" not in description(pair(), view)
    assert "un membre de west" in title(SessionText(label="round", people=(ADA, HIDDEN)), view)


def test_a_groups_session_with_who_leads_it_and_why():
    text = SessionText(
        label="pod",
        title="Water",
        people=(ADA, GUS, HIDDEN),
        expert=GUS,
        facilitators={"lead": (ADA,), "co": ()},
        about="Half is lost.",
        success="20 % less",
        why=Why(
            seats=(
                SeatReasons(
                    who=ADA,
                    reasons=(
                        SeatReason(code="wish", place=1),
                        SeatReason(code="brings", names=("SQL", "Law")),
                    ),
                ),
            )
        ),
    )
    told = description(text, View(words_for("es")))
    assert title(text, View(words_for("es"))) == "Grupo: Water"
    people = "Con Ada, Gus y un miembro de west. Especialista: Gus. Dirección: Ada."
    assert told.startswith(f"Sesión 1 de 1. {people}")
    assert "Half is lost.\nÉxito: 20 % less" in told
    assert told.endswith(
        "Por qué se reúnen\n- Ada: Es el deseo número 1. Aporta SQL y Law, que el grupo necesita."
    )


def test_a_round_tells_who_is_new_to_whom():
    some = SessionText(
        label="round",
        title="Coffee",
        number=2,
        count=5,
        people=(ADA, GUS),
        why=Why(fresh_pairs=1, all_pairs=3),
    )
    told = description(some, View())
    assert title(some, View()) == "Round 2: Ada, Gus"
    assert "Round 2 of 5 of Coffee: groups change" in told
    assert "Of your 3 pairs, 1 have not met" in told
    none = some.model_copy(update={"why": Why(fresh_pairs=3, all_pairs=3)})
    assert "None of you has met" in description(none, View())


def test_ones_own_role_stands_in_the_title(session):
    made = session(roles={"ada": "lead"}, attendees=("ada", "gus"), text=pair())
    assert in_words(made, View(words_for("pt"), "ada")).title == "Mentoria: Ada e Gus (você conduz)"
    assert in_words(made, View(words_for("pt"), "gus")).title == "Mentoria: Ada e Gus"


def test_a_session_without_parts_keeps_its_own_words(session):
    made = session(title="Mine", description="As it is")
    told = in_words(made, View(words_for("de"), "nobody"))
    assert (told.title, told.description) == ("Mine", "As it is")
