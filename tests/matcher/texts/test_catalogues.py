"""Every text in every language: the same keys, the same placeholders, the plural forms that each needs."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale

from matcher.domain.rota_policy import Agendas
from matcher.texts.agendas import PARTS
from matcher.texts.words import CATALOGUES, FALLBACK, catalogue, words_for

ROOT = Path(__file__).parents[3]
OTHERS = sorted(CATALOGUES.keys() - {FALLBACK})
ENGLISH = catalogue(FALLBACK)


def placeholders(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def texts(message):
    return [message] if isinstance(message, str) else list(message.values())


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_key_and_no_other(language):
    assert catalogue(language).keys() == ENGLISH.keys()


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_those_of_english(language):
    found = catalogue(language)
    for key, message in ENGLISH.items():
        wanted = placeholders(texts(message)[0])
        assert {tuple(placeholders(text)) for text in texts(found[key])} == {tuple(wanted)}, key
        assert isinstance(message, str) == isinstance(found[key], str), key


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_plurals_have_a_form_for_each_number(language):
    """Numbers below a million: beyond, some languages have a form of their own for round millions."""
    rule = Locale.parse(language).plural_form
    needed = {rule(number) for number in range(1_000)}
    plural = [(key, message) for key, message in catalogue(language).items() if not isinstance(message, str)]
    assert plural
    for key, message in plural:
        assert set(message) == needed, key
        assert "{count}" in message["other"], key


@pytest.mark.parametrize("language", OTHERS)
def test_hardly_any_text_is_still_english(language):
    same = {key for key, message in catalogue(language).items() if message == ENGLISH[key]}
    shared = {
        "session.with_role",
        "turn.line",
        "session.line",
        "swap.turn",
        "why.seat",
        "feed.name",
        "session.part",
    }
    words = {"label.mentoring", "label.pod", "label.forum", "role.shadow", "page.no"}
    assert same <= shared | words


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_texts_are_clean(language):
    for key, message in catalogue(language).items():
        for text in texts(message):
            assert text == text.strip(), key
            assert text, key
            assert "  " not in text, key


def test_every_part_of_the_standing_agendas_is_translated():
    standing = {
        part.text
        for agenda in dict(Agendas()).values()
        for session in dict(agenda).values()
        for part in session
    }
    assert PARTS.keys() == standing
    for english, others in PARTS.items():
        assert sorted(others) == OTHERS
        assert all(text and text != english for text in others.values())


def test_every_key_that_the_code_names_exists_and_every_text_is_used():
    named, begun = set(), set()
    for folder in ("matcher", "api"):
        for path in (ROOT / folder).rglob("*.py"):
            code = path.read_text("utf-8")
            if path.parent.name == "texts" and path.stem in CATALOGUES.values():
                continue
            named |= set(re.findall(r'"([a-z]+(?:[._][a-z]+)+)"', code)) & ENGLISH.keys()
            named |= set(re.findall(r"'([a-z]+(?:[._][a-z]+)+)'", code)) & ENGLISH.keys()
            begun |= set(re.findall(r"""f["']([a-z_.]+\.)\{""", code))
            asked = set(re.findall(r"""words\(\s*["']([a-z_.]+)["']""", code))
            assert asked <= ENGLISH.keys(), path
    families = {key for key in ENGLISH if any(key.startswith(prefix) for prefix in begun)}
    assert ENGLISH.keys() - named - families == set()


def test_a_tag_finds_its_texts_and_the_region_of_its_dates():
    assert words_for("de-AT").language == "de"
    assert words_for("pt-br").region == "BR"
    assert words_for("DE", "CH").region == "CH"
    assert (words_for("fil", "PH").language, words_for("fil", "PH").region) == ("en", "PH")
    assert words_for("zh-Hant-TW").language == "en"


def test_plural_texts_follow_the_number():
    german = words_for("de")
    assert german("calendars.source", name="A", count=1, when="heute") == "A: 1 belegte Zeit, heute"
    assert german("calendars.source", name="A", count=2, when="heute") == "A: 2 belegte Zeiten, heute"
    french = words_for("fr")
    assert "0 moment occupé," in french("calendars.source", name="A", count=0, when="hier")
    assert "moments" in french("calendars.source", name="A", count=1_000_000, when="hier")
