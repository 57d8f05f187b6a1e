"""Every family of plans, and what the service does for it: the one list to extend for a further family.

A family's ends are a module `matcher.service.family_FAMILY`, of functions with the signatures of `Ends`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol, cast

from pydantic import BaseModel

from matcher.domain.edit import Ask, Edit
from matcher.domain.family import Family
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, Policy
from matcher.domain.program import Program
from matcher.domain.session import Key
from matcher.planning.around import Around
from matcher.service import family_pairs, family_pods, family_rota, family_rounds
from matcher.store.database import Connection
from matcher.store.plans import PlanRow, Seat
from matcher.store.recipients import Recipient
from matcher.store.sessions import Named
from matcher.texts.words import Words


class Ends(Protocol):
    """What each family does its own way."""

    keeps_accepted: bool
    """Whether what everybody accepted must be in the next revision."""

    repair_seconds: int
    """How long a run around what was declined may take."""

    member_answer: type[BaseModel]
    """What the answer to a question about a member is."""

    def choose(self, header: NetworkHeader, program: str, kind: Kind | None) -> tuple[Program, str]:
        """The program to run, and the kind of its plan, empty in families that have none."""

    def others(self, connection: Connection, plan: PlanRow) -> frozenset[Named]:
        """Series of other families that a plan gives times to."""

    def moves(self, program: Program) -> frozenset[Family]:
        """Families whose sessions in the program's cycle a run gives other times to."""

    def around(self, connection: Connection, network: str, program: Program, now: datetime) -> Around | None:
        """What a run is made around beside the document; None in families that are made around nothing."""

    def wanted(
        self, program: Program, asked: Mapping[str, Any], before: bytes, today: date
    ) -> dict[str, Any]:
        """The part of an overlay that says what a run forms; `asked`: what the run itself says of rounds,
        `before`: the document of the plan that counts as running, empty without one. Raises `InputError`."""

    def run(self, connection: Connection, plan: PlanRow, keys: Sequence[Key], now: datetime) -> str:
        """Let these pairs or groups of a plan run in place of those before; returns what `undo` needs."""

    def undo(self, connection: Connection, plan: PlanRow, opened: str, now: datetime) -> None:
        """Put back what `run` replaced."""

    def running(self, connection: Connection, plan: PlanRow) -> set[Seat]:
        """The seats that run already, of which nobody is asked."""

    def without(self, document: dict[str, Any], keys: Collection[Key]) -> dict[str, Any]:
        """A plan's document without some of its pairs or groups."""

    def overlay(self, asks: Iterable[Ask]) -> dict[str, Any]:
        """The part of an overlay (`matcher.planning.overlay`) that holds what edits ask."""

    def refusals(self, seats: Iterable[Seat]) -> list[Edit]:
        """Refused seats as edits, each once."""

    def points(self, connection: Connection, plan: PlanRow) -> dict[str, dict[str, int]]:
        """Learner -> guide -> points, or member -> pod -> points."""

    def weights(self, policy: Policy) -> Any:
        """What decides those points in a policy."""

    def would(
        self,
        connection: Connection,
        plan: PlanRow,
        seat: Seat,
        people: Mapping[str, Recipient],
        words: Words,
    ) -> str:
        """What one would do who says yes, in their words, as an infinitive: "learn from Ada"; `people` are
        those of the pair or group."""


FAMILIES: dict[Family, Ends] = {
    Family.PAIRS: cast("Ends", family_pairs),
    Family.PODS: cast("Ends", family_pods),
    Family.ROUNDS: cast("Ends", family_rounds),
    Family.ROTA: cast("Ends", family_rota),
}


def ends_of(plan: PlanRow) -> Ends:
    """What the service does for the family of a plan."""
    return FAMILIES[Family(plan.family)]
