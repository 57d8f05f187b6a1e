"""From bytes to checked models: encoding, syntax, repeated keys, fields. Every failure is an `InputError`."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from matcher.documents.faults import FaultList, faults_of
from matcher.domain.errors import Fault

ModelT = TypeVar("ModelT", bound=BaseModel)

_SPACED_KEY = re.compile(rb'"[ \t\r\n]+:')

_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class Unreadable(Exception):
    """Bytes that are no such model; `faults` says why. Turned into `InputError` by whoever knows the file."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(str(faults[0]) if faults else "")
        self.faults = faults


def parse(
    model: type[ModelT], data: bytes, line: int | None = None, at: tuple[str | int, ...] = ()
) -> ModelT:
    """The model that `data`, one JSON object in UTF-8 (a BOM is allowed), holds.

    Numbers in quotes, repeated keys and unknown fields are faults. `line` is the line of the file that `data`
    is, `at` the path that comes before every fault's own. Raises `Unreadable`.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        found = model.model_validate_json(data, strict=True)
    except ValidationError as error:
        raise Unreadable(_explain(error, model, data, line, at)) from None
    if _spaced_or_repeated(found, data):
        _check_syntax(data, line)
    return found


def _explain(
    error: ValidationError, model: type[BaseModel], data: bytes, line: int | None, at: tuple[str | int, ...]
) -> list[Fault]:
    try:
        _check_syntax(data, line)
    except Unreadable as unreadable:
        return unreadable.faults
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":  # half of a surrogate pair: Python reads it, but it is no text
        return [Fault("", f"is not JSON: {first['ctx']['error']}", line)]
    return faults_of(error, model, at, line)


def _spaced_or_repeated(found: BaseModel, data: bytes) -> bool:
    """Whether keys may be repeated, told without parsing twice.

    Where no white space precedes a colon, every key ends in `":`, so the text has at least as many of these
    as keys. If it has exactly as many as keys arrived, none was lost.
    """
    return data.count(b'":') != key_count(found) or _SPACED_KEY.search(data) is not None


def key_count(model: BaseModel) -> int:
    """How many keys the objects of a parsed model had, all nested ones included."""
    given = model.__pydantic_fields_set__
    count = len(given)
    for name, is_leaf in _nested(type(model)):
        if name not in given:
            continue
        value = model.__dict__[name]
        if not value:
            continue
        if type(value) is tuple:
            if is_leaf:
                for item in value:
                    count += len(item.__pydantic_fields_set__)
            else:
                count += sum(key_count(item) for item in value)
        else:
            count += len(value) if isinstance(value, dict) else key_count(value)
    return count


@cache
def _nested(model: type[BaseModel]) -> tuple[tuple[str, bool], ...]:
    """The fields that can hold objects (models, lists of models, dictionaries of plain values).

    With each: whether it is a list of models that hold no objects themselves.
    """
    found: list[tuple[str, bool]] = []
    for name, field in model.model_fields.items():
        if _holds_objects(field.annotation):
            inner = get_args(field.annotation)[:1]
            is_leaf = bool(inner) and isinstance(inner[0], type) and issubclass(inner[0], BaseModel)
            found.append((name, is_leaf and not _nested(inner[0])))
    return tuple(found)


def _holds_objects(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    origin = get_origin(annotation)
    if origin is dict:
        return True
    if origin is Annotated:
        return _holds_objects(get_args(annotation)[0])
    return any(_holds_objects(inner) for inner in get_args(annotation))


class _Repeated(ValueError):
    pass


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


def _refuse_constant(text: str) -> Any:
    raise _Constant(text)


class _Constant(ValueError):
    pass


def _check_syntax(data: bytes, line: int | None) -> None:
    """Raise `Unreadable` with one fault when the bytes are not one JSON object without repeated keys."""
    text = decoded(data, line)
    if not text.strip():
        raise Unreadable([Fault("", "is empty; a JSON object is needed", line)])
    try:
        value = json.loads(text, object_pairs_hook=_refuse_repeated, parse_constant=_refuse_constant)
    except _Repeated as error:
        reason = f"the key {str(error)!r} stands twice in one object: remove one of them"
        raise Unreadable([Fault("", reason, line)]) from None
    except _Constant as error:
        raise Unreadable([Fault("", f"{error} is not a JSON value: write a whole number", line)]) from None
    except RecursionError:
        raise Unreadable([Fault("", "is nested too deeply to be a network document", line)]) from None
    except json.JSONDecodeError as error:
        raise Unreadable([_syntax_fault(error, text, line)]) from None
    except ValueError:  # a number of more digits than Python converts
        raise Unreadable([Fault("", "holds a number with thousands of digits", line)]) from None
    if not isinstance(value, dict):
        reason = "must be a JSON object in braces at its top, not a list or a single value"
        raise Unreadable([Fault("", reason, line)])


def _syntax_fault(error: json.JSONDecodeError, text: str, line: int | None) -> Fault:
    place = f"column {error.colno}" if line is not None else f"line {error.lineno}, column {error.colno}"
    cut_off = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    if cut_off:
        return Fault("", f"ends at {place} in the middle of a value: it seems to be cut off", line)
    what = error.msg[0].lower() + error.msg[1:]
    return Fault("", f"is not JSON at {place}: {what}", line)


def decoded(data: bytes, line: int | None = None) -> str:
    """The text of UTF-8 bytes. Raises `Unreadable` that names the byte which is none."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            raise Unreadable([Fault("", f"is {name}: save it as UTF-8", line)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        reason = f"is not UTF-8: byte {error.start + 1:,} is 0x{byte:02X}; save it as UTF-8"
        raise Unreadable([Fault("", reason, line)]) from None


def gathered(error: Unreadable) -> FaultList:
    """The faults of unreadable bytes as a list to raise."""
    faults = FaultList()
    faults.extend(error.faults)
    return faults
