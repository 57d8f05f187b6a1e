"""Every family of plans, and what planning does for it: the one list to extend for a further family.

A family's ends are a module `matcher.planning.FAMILY.ends`, of functions with the signatures of `Ends`.
Modules are imported when they are asked for, so that a run loads its own family only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from matcher.domain.family import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pydantic import BaseModel

    from matcher.documents.read import NetworkSource
    from matcher.domain.member import Member
    from matcher.domain.session import Schedule, Session
    from matcher.planning.around import Around
    from matcher.planning.findings import AuditReport
    from matcher.planning.overlay import Overlay
    from matcher.planning.sessions.scheduling import Occasion
    from solvers.limits import Limits


class Ends(Protocol):
    """What each family does its own way. `plan` is the family's document."""

    def read(self, path: Path) -> Any:
        """The plan in a file. Raises InputError with every fault."""

    def write(self, path: Path, plan: Any) -> None:
        """Write a plan, whole or not at all."""

    def solve(
        self,
        source: NetworkSource,
        program: str,
        kind: str | None,
        limits: Limits,
        previous: Path | None,
        commitments: Sequence[Session] = (),
        **around: Around,
    ) -> Any:
        """The audited plan of a program; `previous`: the file of the plan that counts as running;
        `commitments`: sessions of other plans, whose times are taken. `around` is given for families that
        are made around others, here and below."""

    def around(self, overlay: Overlay, base: Path, kind: str | None, present: Path) -> Overlay:
        """The overlay of a run around edits, so that it changes as little of the plan `present` as it can."""

    def audit(
        self,
        source: NetworkSource,
        plan: Any,
        tell: Callable[..., None],
        commitments: Sequence[Session] = (),
        **around: Around,
    ) -> AuditReport:
        """Check a plan against its document and the commitments it was made with, without the solver."""

    def take_up(
        self, plan: Path, document: Path, commitments: Sequence[Session] = (), **around: Around
    ) -> Any:
        """A plan that can be asked. Raises InputError where it does not fit its document and commitments."""

    def answer(self, asked: Any, question: dict[str, Any], limits: Limits) -> BaseModel:
        """Answer one question about a plan that was taken up; where it takes solving, within the limits.
        Raises `PeerloomError`."""

    def schedule(
        self, source: NetworkSource, plan: Any, when: Occasion
    ) -> tuple[Schedule, dict[str, Member]]:
        """Checked sessions for a plan, and the members concerned by id."""

    def series(self, plan: Any) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], int, BaseModel]]:
        """What the plan forms: key, members, points and the entry itself, in the order of keys."""

    def rows(self, plan: Any) -> Iterator[tuple[str, int, bytes]]:
        """The other lists of the plan: name, number in it, and the entry's JSON."""

    def counts(self, plan: Any) -> dict[str, int | None]:
        """How many of what."""


def ends_of(family: Family | str) -> Ends:
    """What planning does for a family."""
    return cast("Ends", import_module(f"matcher.planning.{Family(family).value}.ends"))
