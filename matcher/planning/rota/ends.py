"""What planning does for rotas; the functions of `matcher.planning.families.Ends`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.documents.read import NetworkSource, choose_program, open_network
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.files import read_rota, write_plan
from matcher.planning.rota.rows import counts, list_rows, series_rows

if TYPE_CHECKING:
    from pydantic import BaseModel

    from matcher.domain.member import Member
    from matcher.domain.session import Schedule, Session
    from matcher.planning.around import Around
    from matcher.planning.findings import AuditReport
    from matcher.planning.overlay import Overlay
    from matcher.planning.rota.explain.asked import Asked
    from matcher.planning.rota.plan import Asked as Given
    from matcher.planning.sessions.scheduling import Occasion
    from solvers.limits import Limits

series, rows = series_rows, list_rows


def read(path: Path) -> RotaPlan:
    """The plan in a file."""
    plan, _ = read_rota(path)
    return plan


def write(path: Path, plan: RotaPlan) -> None:
    """Write a plan, whole or not at all."""
    write_plan(path, plan)


def solve(
    source: NetworkSource,
    program: str,
    kind: str | None,
    limits: Limits,
    previous: Path | None,
    commitments: Sequence[Session] = (),
    around: Around | None = None,
) -> RotaPlan:
    """Make the rota of a program, around what is in force."""
    from matcher.planning.rota.plan import plan_rota

    before, named = read_rota(previous) if previous is not None else (None, None)
    if named is not None:
        named = named.model_copy(update={"path": None})
    asked = replace(given(around, commitments), before=before, before_source=named)
    return plan_rota(source, program, limits, asked)


def given(around: Around | None, commitments: Sequence[Session]) -> Given:
    """What a rota was made from beside its document."""
    from matcher.candidates.rota.groups import Formed
    from matcher.planning.rota.formed import GroupPlans
    from matcher.planning.rota.plan import Asked as Given

    if around is None:
        return Given(commitments=commitments)
    formed = Formed(around.pods, around.titles, around.pairs)
    return Given(GroupPlans(formed), around.before, around.before_source, around.as_of, commitments)


def around(overlay: Overlay, base: Path, kind: str | None, present: Path) -> Overlay:
    """The overlay with the fewest changes as a tier before fairness."""
    header = open_network(base).header
    _, own = choose_program(header, overlay.program)
    if own.rota.changes == "tier":
        return overlay
    fewest = own.rota.model_copy(update={"changes": "tier"})
    return overlay.model_copy(update={"policy": own.model_copy(update={"rota": fewest})})


def audit(
    source: NetworkSource,
    plan: RotaPlan,
    tell: Callable[..., None],
    commitments: Sequence[Session] = (),
    around: Around | None = None,
) -> AuditReport:
    """Check a plan against its document and what it was made around, without the solver."""
    from matcher.planning.rota.audit import audit_rota

    return audit_rota(source, plan, given(around, commitments), tell)


def take_up(
    plan: Path, document: Path, commitments: Sequence[Session] = (), around: Around | None = None
) -> Asked:
    """A plan that can be asked."""
    from matcher.planning.rota.explain.asked import read_asked

    return read_asked(plan, open_network(document), given(around, commitments))


def answer(asked: Asked, question: dict[str, Any], limits: Limits) -> BaseModel:
    """What a change does, who could take a turn, when a group could meet, how a member stands."""
    from matcher.domain.edit import Edit
    from matcher.planning.audience import Audience
    from matcher.planning.rota.explain.edits import price_edit
    from matcher.planning.rota.explain.exchange import exchanged
    from matcher.planning.rota.explain.groups import explain_member, explain_times
    from matcher.planning.rota.explain.turns import explain_turn

    if question["ask"] == "edit":
        return price_edit(asked, Edit.model_validate(question["edit"]))
    if question["ask"] == "exchange":
        handed = [(asked.turn(*place), member) for place, member in question["handed"]]
        return exchanged(asked, handed)[1]
    if question["ask"] == "turn":
        return explain_turn(asked, asked.turn(*question["turn"]))
    if question["ask"] == "times":
        return explain_times(asked, question["kind"], tuple(question["key"]))
    return explain_member(asked, question["member"], Audience.of(question["audience"]))


def schedule(source: NetworkSource, plan: RotaPlan, when: Occasion) -> tuple[Schedule, dict[str, Member]]:
    """Sessions for the series, at the rota's times and with its facilitators."""
    from matcher.planning.rota.sessions import schedule_rota

    return schedule_rota(source, plan, when)


__all__ = ["counts", "rows", "series"]
