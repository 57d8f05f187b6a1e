"""Reading JSON with a path to every fault."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from solvers.faults import InstanceError

JsonObject = Mapping[str, Any]


def read_json(path: str | Path) -> JsonObject:
    """The object in a UTF-8 JSON file. Raises InstanceError when there is none, OSError when no file is."""
    raw = Path(path).read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InstanceError(
            "file", f"is not UTF-8: byte {error.start} cannot be read; save it as UTF-8"
        ) from None
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_not_a_number)
    except json.JSONDecodeError as error:
        message = f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise InstanceError("file", message) from None
    except RecursionError:
        raise InstanceError("file", "is nested too deeply to be an instance") from None
    except InstanceError:
        raise
    except ValueError as error:
        raise InstanceError("file", f"is not JSON that can be read: {error}") from None
    return as_object(found, "file")


@contextmanager
def no_collection() -> Iterator[None]:
    """Hold garbage collection while millions of small lists are made: it would look at each many times."""
    held = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()


def _object(items: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(items)
    if len(out) < len(items):
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                raise InstanceError(key, "is given twice in one object")
            seen.add(key)
    return out


def _not_a_number(name: str) -> NoReturn:
    raise InstanceError("file", f"holds {name}, which is not a number in JSON")


def kind_of(value: object) -> str:
    """What a value is, for a message."""
    names = {dict: "an object", list: "a list", tuple: "a list", bool: "true or false", type(None): "null"}
    if type(value) in names:
        return names[type(value)]
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."


def as_object(value: object, path: str) -> JsonObject:
    """`value` if it is an object."""
    if not isinstance(value, Mapping):
        raise InstanceError(path, f"must be an object, not {kind_of(value)}")
    for key in value:
        if not isinstance(key, str):
            raise InstanceError(path, f"has the key {key!r}; keys must be texts")
    return value


def known_keys(value: JsonObject, path: str, keys: Sequence[str]) -> None:
    """Refuse keys that nobody would read."""
    unknown = [key for key in value if key not in keys]
    if unknown:
        where = f"{path}.{unknown[0]}" if path else unknown[0]
        raise InstanceError(where, f"is not known here; the keys are {', '.join(keys)}")


def as_list(value: object, path: str) -> Sequence[Any]:
    """`value` if it is a list."""
    if not isinstance(value, list | tuple):
        raise InstanceError(path, f"must be a list, not {kind_of(value)}")
    return value


def as_whole(value: object, path: str, low: int, high: int) -> int:
    """`value` if it is a whole number within low..high."""
    if type(value) is not int:
        raise InstanceError(path, f"must be a whole number, not {kind_of(value)}")
    if not low <= value <= high:
        raise InstanceError(path, f"is {value}; it must lie in {low}..{high}")
    return value


def as_text(value: object, path: str, least: int = 0) -> str:
    """`value` if it is a text of at least `least` characters."""
    if not isinstance(value, str):
        raise InstanceError(path, f"must be a text, not {kind_of(value)}")
    if len(value) < least:
        raise InstanceError(path, "must not be empty")
    return value


def as_flag(value: object, path: str) -> bool:
    """`value` if it is true or false."""
    if not isinstance(value, bool):
        raise InstanceError(path, f"must be true or false, not {kind_of(value)}")
    return value


def as_one_of(value: object, path: str, choices: Sequence[str]) -> str:
    """`value` if it is one of a few texts."""
    if value not in choices or not isinstance(value, str):
        raise InstanceError(path, f"is {kind_of(value)}; it must be one of {', '.join(choices)}")
    return value


def number_of(value: object, path: str, numbers: Mapping[str, int], role: str) -> int:
    """The number of an id. `role` is the list that holds it: "learners", "guides" or "organizations"."""
    if not isinstance(value, str):
        raise InstanceError(path, f"must be the id of one of the {role}, not {kind_of(value)}")
    if value not in numbers:
        who = "which" if role in ("organizations", "groups") else "who"
        raise InstanceError(path, f"names {role[:-1]} {value!r}, {who} is not in {role}")
    return numbers[value]


def entries_of(value: object, key: str, keys: Sequence[str]) -> list[JsonObject]:
    """The objects of a list, none with a key beyond `keys`."""
    out = [as_object(entry, f"{key}[{at}]") for at, entry in enumerate(as_list(value, key))]
    for at, entry in enumerate(out):
        known_keys(entry, f"{key}[{at}]", keys)
    return out


def ids_of(entries: Sequence[JsonObject], key: str) -> dict[str, int]:
    """The number of each entry by its `id`, which each must have, and no two the same."""
    numbers: dict[str, int] = {}
    for at, entry in enumerate(entries):
        if "id" not in entry:
            raise InstanceError(f"{key}[{at}].id", "is missing")
        name = as_text(entry["id"], f"{key}[{at}].id", least=1)
        if name in numbers:
            raise InstanceError(f"{key}[{at}].id", f"is {name!r}, the id of {key}[{numbers[name]}] already")
        numbers[name] = at
    return numbers
