"""Messages, lists, dates and times in one language.

Catalogues are typed tables beside this file, one for each language, with the same keys; a test compares keys,
placeholders and plural forms. Dates, times and lists come from CLDR (Unicode's locale data) by Babel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matcher.texts.agendas import PARTS

if TYPE_CHECKING:
    from babel import Locale

    from matcher.domain.member import Member

Message = str | Mapping[str, str]
"""A text with placeholders in braces, or one for each plural category of the language ("one", "other")."""

CATALOGUES = {"en": "english", "de": "german", "fr": "french", "es": "spanish", "pt": "portuguese"}
"""The languages that there are texts in, by their tags (BCP 47), and the module of each."""

FALLBACK = "en"
_WORLD_ENGLISH = "en_150"
"""English without a country: a day before its month, and 24 hours."""


def catalogue(language: str) -> Mapping[str, Message]:
    """All messages of a language that there are texts in."""
    messages: Mapping[str, Message] = import_module(f"matcher.texts.{CATALOGUES[language]}").MESSAGES
    return messages


@dataclass(frozen=True)
class Words:
    """What one reader reads. `language` is one of `CATALOGUES`; `region` decides how dates look."""

    language: str = FALLBACK
    region: str | None = None

    def __call__(self, key: str, /, **values: object) -> str:
        """The message of this key with its placeholders filled; a plural one by the value `count`."""
        message = self._messages[key]
        if not isinstance(message, str):
            count = values["count"]
            assert isinstance(count, int)
            category = self._locale.plural_form(count)
            message = message.get(category, message["other"])
        return message.format(**values)

    def agenda_part(self, english: str) -> str:
        """A part of an agenda that policies begin with, in this language; one that somebody wrote stays as it
        is."""
        return PARTS.get(english, {}).get(self.language, english)

    def listed(self, texts: Sequence[str]) -> str:
        """ "A, B and C"."""
        if self.language == FALLBACK or len(texts) < 2:  # CLDR's comma here depends on the region
            return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))
        from babel.lists import format_list

        return format_list(texts, locale=self._locale)

    def moment(self, instant: datetime, zone: str) -> str:
        """Weekday, day and time in a zone: "Thu, 10 Sept 2026, 14:00 (Europe/Berlin)"."""
        local = instant.astimezone(ZoneInfo(zone))
        return f"{self.day(local)}, {self._time(local)} ({zone})"

    def span(self, start: datetime, end: datetime, zone: str) -> str:
        """From when until when, in a zone; the day once where both lie on one."""
        first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
        until = self._time(last)
        if first.date() != last.date():
            until = f"{self.day(last)}, {until}"
        return f"{self.day(first)}, {self._time(first)}\N{EN DASH}{until} ({zone})"

    def day(self, one: date) -> str:
        """A day with its weekday, such as "Thu, 10 Sept 2026"."""
        from babel.dates import format_skeleton

        moment = datetime(one.year, one.month, one.day)
        return _plain_spaces(format_skeleton("yMMMEd", moment, locale=self._locale))

    def _time(self, local: datetime) -> str:
        from babel.dates import format_time

        wall = local.replace(tzinfo=None).time()
        return _plain_spaces(format_time(wall, "short", locale=self._locale))

    @property
    def _messages(self) -> Mapping[str, Message]:
        return catalogue(self.language)

    @cached_property
    def _locale(self) -> Locale:
        return _locale(self.language, self.region)


ENGLISH = Words()


def words_for(tag: str, region: str | None = None) -> Words:
    """Words for a language tag (BCP 47) such as "de" or "pt-BR"; English where there are no texts in it.

    `region` (ISO 3166-1 alpha-2) decides how dates look where the tag names none.
    """
    language, *more = tag.split("-")
    named = next((one.upper() for one in more if len(one) == 2 and one.isalpha()), None)
    language = language.lower()
    if language not in CATALOGUES:
        return Words(FALLBACK, region)
    return Words(language, named or region)


def words_of(member: Member) -> Words:
    """Words for a member: the language that they chose for texts, dates as in their country."""
    return words_for(member.text_language, member.country)


@cache
def _locale(language: str, region: str | None) -> Locale:
    from babel import Locale, UnknownLocaleError

    if region is not None:
        try:
            return Locale.parse(f"{language}_{region}")
        except (UnknownLocaleError, ValueError):
            pass
    return Locale.parse(_WORLD_ENGLISH if language == FALLBACK else language)


def _plain_spaces(text: str) -> str:
    """CLDR joins "2:00" and "PM" by narrow spaces, which some mail programs show as boxes."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
