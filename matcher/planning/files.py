"""Plan documents on disk: JSON, one pair or reason a line, so that any diff can compare two plans."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from matcher.documents.checked import read_checked
from matcher.documents.write import replacing
from matcher.domain.errors import InputError
from matcher.domain.plan import PairsPlan, PlanDuals, PlanSource
from matcher.domain.pods_plan import PodsPlan
from matcher.domain.rota_plan import RotaPlan
from matcher.domain.rounds_plan import RoundsPlan


def _pieces(plan: BaseModel) -> Iterator[bytes]:
    """The document in UTF-8, list entries one a line; the same plan gives the same bytes."""
    yield b"{"
    comma = b"\n"
    for name in type(plan).model_fields:
        value = getattr(plan, name)
        yield comma + b'"%s": ' % name.encode()
        comma = b",\n"
        if isinstance(value, tuple) and value:
            yield b"[\n" + b",\n".join(to_json(item) for item in value) + b"\n]"
        elif isinstance(value, PlanDuals):
            yield b'{"tiers": %s,\n"least_points": %d' % (to_json(value.tiers), value.least_points)
            for side in ("learner", "guide", "node"):
                numbers = getattr(value, side)
                rows = b",\n".join(to_json(key) + b":" + to_json(row) for key, row in numbers.items())
                yield b',\n"%s": {\n%s\n}' % (side.encode(), rows)
            yield b"}"
        elif isinstance(value, BaseModel) and name == "changes":
            yield b"{"
            inner = b"\n"
            for part in type(value).model_fields:
                held = getattr(value, part)
                if isinstance(held, tuple):
                    rows = b",\n".join(to_json(item) for item in held)
                    text = b"[%s]" % (b"\n" + rows + b"\n" if rows else b"")
                else:
                    text = to_json(held)
                yield inner + b'"%s": %s' % (part.encode(), text)
                inner = b",\n"
            yield b"\n}"
        else:
            yield to_json(value)
    yield b"\n}\n"


def write_plan(path: Path | str, plan: BaseModel) -> None:
    """Write a plan, whole or not at all. Raises InputError when the place cannot be written."""
    with replacing(path) as file:
        for piece in _pieces(plan):
            file.write(piece)


def read_plan(path: Path | str) -> tuple[PairsPlan, PlanSource]:
    """A pairs plan from its file, and what names the file in later plans. InputError has every fault."""
    return _read(Path(path), PairsPlan)


def read_pods(path: Path | str) -> tuple[PodsPlan, PlanSource]:
    """A pods plan from its file, as `read_plan` does."""
    return _read(Path(path), PodsPlan)


def read_rounds(path: Path | str) -> tuple[RoundsPlan, PlanSource]:
    """A rounds plan from its file, as `read_plan` does."""
    return _read(Path(path), RoundsPlan)


def read_rota(path: Path | str) -> tuple[RotaPlan, PlanSource]:
    """A rota plan from its file, as `read_plan` does."""
    return _read(Path(path), RotaPlan)


def command_of(path: Path | str) -> str:
    """Which `peerloom solve` wrote a file, as it says: "pairs", "pods", "rounds" or "rota"; else empty."""
    try:
        with Path(path).open("rb") as file:
            found = re.search(rb'"peerloom-(pairs|pods|rounds|rota)/', file.read(200))
    except OSError:
        return ""
    return found[1].decode() if found else ""


PlanT = TypeVar("PlanT", PairsPlan, PodsPlan, RoundsPlan, RotaPlan)


def _read(path: Path, model: type[PlanT]) -> tuple[PlanT, PlanSource]:
    try:
        plan, data = read_checked(
            path, model, f"is not a result of '{model.family.command}': give the file that -o wrote."
        )
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    return plan, PlanSource(id=plan.network.id, path=str(path), sha256=hashlib.sha256(data).hexdigest())


def named_document(network: PlanSource, result: Path) -> Path:
    """The document that a result names: as written, seen from the result's folder, or beside the result.

    Raises InputError where there is none.
    """
    if network.path is None:
        raise InputError(f"{result} does not name the document it came from: give it with --document.")
    path = Path(network.path)
    for place in (path, result.parent / path, result.parent / path.name):
        if place.exists():
            return place
    raise InputError(f"{result} was made from {path}, which is not there: give the document with --document.")
