"""What became of a rota: two of its revisions, or two rotas of one cycle, side by side."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.domain.family import Family
from matcher.domain.rota_plan import RotaChanges, RotaPlan
from matcher.service.publication import Replaced
from matcher.store.database import Connection
from matcher.store.errors import Conflict, NotFound
from matcher.store.plans import PlanRow, find_plan, plan_document, published_plan

if TYPE_CHECKING:
    from matcher.planning.rota.diff import Difference


@dataclass(frozen=True)
class Sides:
    """Which revisions of which rotas are compared: (plan, revision) before and after."""

    before: tuple[str, int]
    after: tuple[str, int]


def compare_turns(
    connection: Connection,
    plan: PlanRow,
    against: str | None = None,
    first: int | None = None,
    last: int | None = None,
) -> tuple[Sides, tuple[Difference, ...]]:
    """What changed until the revision `last` of a rota (None: its latest).

    Since the revision `first` of the rota `against`; without that, of the same rota, and where neither is
    given since the revision before `last`; of a rota with one revision since the one that it took the place
    of, or would. Raises `NotFound`, and `Conflict` for plans of other families or another cycle, and where
    there is nothing to compare with.
    """
    from matcher.planning.rota.diff import differences  # loads numpy: not when a server starts

    _rota(plan)
    last = last or plan.revision
    other = plan if against is None else find_plan(connection, plan.network, against)
    if against is None and first is None:
        first = last - 1
        if last == 1:
            other, first = _former(connection, plan), None
    _rota(other)
    if (other.program, other.cycle) != (plan.program, plan.cycle):
        raise Conflict(
            f"{other.id!r} is a rota of {other.program}/{other.cycle}: compare rotas of one cycle."
        )
    if other.id == plan.id and first is not None and first > last:
        raise Conflict(f"The revision {first} is later than {last}: name the earlier one as 'from'.")
    first = first or other.revision
    before = _document(connection, other, first)
    numbers = range(last, first if other.id == plan.id else 0, -1)
    documents = [_document(connection, plan, number) for number in numbers]
    after = documents[0] if documents else before
    steps: list[RotaChanges] = [one.changes for one in documents]
    return Sides((other.id, first), (plan.id, last)), differences(before, after, steps)


def _rota(plan: PlanRow) -> None:
    if plan.family != Family.ROTA:
        raise Conflict(f"The plan {plan.id!r} holds {plan.family}: only rotas are compared turn by turn.")


def _former(connection: Connection, plan: PlanRow) -> PlanRow:
    """The rota that a plan took the place of, or would."""
    found = published_plan(connection, plan.network, plan.program, plan.cycle, plan.family, plan.kind)
    if plan.published_at is not None:
        try:
            superseded = Replaced.of(connection, plan).superseded
        except NotFound:
            superseded = None
        found = find_plan(connection, plan.network, superseded) if superseded is not None else None
    if found is None:
        told = "it has one revision, and took no other rota's place: name one as 'against'"
        raise Conflict(f"There is nothing to compare {plan.id!r} with: {told}.")
    return found


def _document(connection: Connection, plan: PlanRow, revision: int) -> RotaPlan:
    body = plan_document(connection, plan.network, plan.id, revision)
    return RotaPlan.model_validate_json(gzip.decompress(body))
