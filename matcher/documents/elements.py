"""The elements of a JSON array and the lines of JSON Lines, one by one, each with where it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from matcher.documents.parse import Unreadable, decoded
from matcher.domain.errors import Fault

_BLANK = " \t\r\n"


def array_elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of one JSON array in UTF-8 with their indexes, from 0; each is JSON, and not looked into.

    Raises `Unreadable` where the bytes stop being an array.
    """
    text = decoded(data)
    decoder = json.JSONDecoder()
    place = _skip(text, 0)
    if text[place : place + 1] != "[":
        raise _broken("must be a list in brackets" if text.strip() else "is empty; a list is needed")
    place = _skip(text, place + 1)
    if text[place : place + 1] == "]":
        return _end(text, place + 1)
    index = 0
    while True:
        try:
            _, end = decoder.raw_decode(text, place)
        except RecursionError:
            raise _broken(f"is nested too deeply in element {index:,}") from None
        except ValueError as error:
            told = error.msg if isinstance(error, json.JSONDecodeError) else "number of thousands of digits"
            raise _broken(f"is not JSON in element {index:,}: {told[0].lower()}{told[1:]}") from None
        yield index, text[place:end].encode()
        index += 1
        place = _skip(text, end)
        sign = text[place : place + 1]
        if sign == "]":
            return _end(text, place + 1)
        if sign != ",":
            raise _broken(f"is not JSON after element {index - 1:,}: a comma or a bracket is needed")
        place = _skip(text, place + 1)


def filled_lines(file: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers, from 1."""
    for number, line in enumerate(file, start=1):
        if not line.isspace():
            yield number, line


def _end(text: str, place: int) -> None:
    if _skip(text, place) != len(text):
        raise _broken("goes on after its last bracket")


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANK:
        place += 1
    return place


def _broken(reason: str) -> Unreadable:
    return Unreadable([Fault("", reason)])
