"""Faults of a document: gathered in one list, and told without the validator's jargon."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from matcher.domain.base import LOCAL_TIME
from matcher.domain.errors import Fault, InputError
from matcher.domain.language import LANGUAGE_TAG

MOST_FAULTS = 100
"""How many faults are listed; the rest are counted."""


class FaultList:
    """Gathers faults, keeps the first `MOST_FAULTS`, counts them all."""

    def __init__(self) -> None:
        self.listed: list[Fault] = []
        self.count = 0

    def add(self, path: str, reason: str, line: int | None = None) -> None:
        """Add one fault; `line` is the 1-based line of the file, None for a whole document."""
        self.count += 1
        if len(self.listed) < MOST_FAULTS:
            self.listed.append(Fault(path, reason, line))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Add several faults."""
        for fault in faults:
            self.add(fault.path, fault.reason, fault.line)

    def raise_if_any(self, subject: str) -> None:
        """Raise `InputError` when there is a fault; `subject` is what the sentence speaks of."""
        if self.count:
            raise InputError(
                f"{subject} cannot be used: {counted(self.count, 'fault')} to put right.", self.told()
            )

    def told(self) -> tuple[Fault, ...]:
        """The faults to show, in the order of the lines; "and N more" ends them where some were left off."""
        told = sorted(self.listed, key=lambda fault: fault.line or 0)
        if self.count > len(told):
            told.append(Fault("", f"and {self.count - len(told):,} more"))
        return tuple(told)


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 fault", "3 faults"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def path_of(parts: Iterable[str | int]) -> str:
    """The path to a field, such as `members[3].offers[0].level`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


class Suggester:
    """Finds what was probably meant, within a budget of comparisons: a huge network cannot stall it."""

    def __init__(self, comparisons: int = 300_000) -> None:
        self._left = comparisons

    def closest(self, text: str, known: Iterable[str], most: int = 1) -> list[str]:
        """Up to `most` known texts close to `text`, best first; digits must agree, as ids differ by them."""
        options: dict[str, str] = {}
        for option in known:
            options.setdefault(option.casefold(), option)
            if len(options) > self._left:
                return []
        self._left -= len(options)
        digits = re.sub(r"\D", "", text)
        found = get_close_matches(text.casefold(), options, n=most + 4, cutoff=0.7)
        return [options[key] for key in found if re.sub(r"\D", "", key) == digits][:most]

    def hint(self, text: str, known: Iterable[str]) -> str:
        """ "; did you mean 'X'?", or nothing."""
        found = self.closest(text, known)
        return f"; did you mean {found[0]!r}?" if found else ""


def faults_of(
    error: ValidationError,
    model: type[BaseModel],
    prefix: tuple[str | int, ...] = (),
    line: int | None = None,
) -> list[Fault]:
    """What a failed validation of `model` says, in words; at most `MOST_FAULTS` + 1 of them are told."""
    faults: list[Fault] = []
    for details in error.errors(include_url=False):
        place = _place(model, details["loc"])
        if len(faults) > MOST_FAULTS:
            faults.append(Fault(path_of((*prefix, *place)), "", line))
        else:
            faults.append(Fault(path_of((*prefix, *place)), reason_of(details, model), line))
    return faults


def reason_of(details: ErrorDetails, model: type[BaseModel]) -> str:
    """One validation error as the rest of a sentence that begins with the field's path."""
    kind, context, given = details["type"], details.get("ctx", {}), shown(details.get("input"))
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return _unknown_field(str(details["loc"][-1]), _model_at(model, details["loc"][:-1]))
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", details["msg"]))
    if kind == "string_pattern_mismatch":
        form = PATTERNS.get(str(context.get("pattern")), f"a text of the form {context.get('pattern')}")
        return f"must be {form}, not {given}"
    if kind in ("enum", "literal_error"):
        return f"must be {context.get('expected')}, not {given}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"at least {context['ge']}" if kind == "greater_than_equal" else f"at most {context['le']}"
        return f"must be {bound}, not {given}"
    if kind in ("string_too_short", "string_too_long"):
        length = len(str(details.get("input")))
        if not str(details.get("input")).strip():
            return "must not be empty"
        return f"has {length} characters; it may have {context.get('max_length', context.get('min_length'))}"
    if kind in ("too_short", "too_long"):
        bound = (
            f"at least {context.get('min_length')}"
            if kind == "too_short"
            else f"at most {context.get('max_length')}"
        )
        return f"must have {bound} entries, not {context.get('actual_length')}"
    for start, form in _FORMS:
        if kind.startswith(start):
            return f"must be {form}, not {given}"
    return details["msg"].replace("Input should be", "must be").replace("Input should", "must")


PATTERNS = {
    r"^[^\x00]*$": "a text without NUL characters",
    r"^[A-Z]{2}$": "a country as two capital letters such as 'DE' (ISO 3166-1)",
    LANGUAGE_TAG: "a language tag such as 'en' or 'pt-BR' (BCP 47)",
    r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$": "an e-mail address such as 'ana@example.org'",
    LOCAL_TIME: "a time of day such as '09:30'",
}
"""What the patterns of the domain's fields ask for, in words; a test holds it complete."""

_FORMS = (
    ("int", "a whole number"),
    ("string", "a text in quotes"),
    ("bool", "true or false"),
    ("datetime", "an instant such as '2026-09-28T08:00:00Z'"),
    ("timezone", "an instant with its offset, such as '2026-09-28T08:00:00Z'"),
    ("date", "a date such as '2026-09-28'"),
    ("time", "a time of day such as '09:30'"),
    ("model", "an object in braces"),
    ("dict", "an object in braces"),
    ("tuple", "a list in brackets"),
    ("frozen_set", "a list in brackets"),
    ("list", "a list in brackets"),
    ("finite_number", "a whole number"),
)


def shown(value: object) -> str:
    """A value as it stands in the document, cut to a length that can be read."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value != value:
        return "NaN"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unknown_field(name: str, owner: type[BaseModel] | None) -> str:
    if owner is None:
        return "is not a known field: remove it"
    known = list(owner.model_fields)
    hint = Suggester().hint(name, known)
    if hint:
        return f"is not a known field{hint}"
    listed = ", ".join(known[:30])
    return f"is not a known field: remove it, or use one of {listed}"


def _place(model: type[BaseModel], location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The location without the marks that the validator adds to it (such as `[key]`)."""
    return tuple(part for part in location if part != "[key]")


def _model_at(model: type[BaseModel], location: Iterable[str | int]) -> type[BaseModel] | None:
    """The model class that describes the object at a location, None where there is none."""
    found: type[BaseModel] | None = model
    for part in location:
        if found is None:
            return None
        if isinstance(part, int):
            continue
        field = found.model_fields.get(part)
        found = _model_in(field.annotation) if field is not None else None
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, list, Union, UnionType, Annotated):
        for inner in get_args(annotation):
            found = _model_in(inner)
            if found is not None:
                return found
    return None
