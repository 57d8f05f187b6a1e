"""Turns that a coordinator fixed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.rota.context import RotaContext
from matcher.candidates.rota.groups import RotaGroup
from matcher.candidates.rota.rules import RULE, standing_reasons
from matcher.domain.errors import Fault, InputError, PolicyError
from matcher.domain.program import PinnedTurn
from matcher.domain.rota_policy import RoleName
from matcher.planning.rota.history import History


@dataclass(frozen=True)
class Pins:
    """The program's pins: who has to take a turn, and who must not."""

    take: tuple[PinnedTurn, ...]
    leave: tuple[PinnedTurn, ...]

    def forbids(self, group: RotaGroup, t: int, role: RoleName) -> set[str]:
        """Who must not take a role in a session."""
        return {pin.member for pin in self.leave if concerns(pin, group, t) and pin.role in (None, role)}


def concerns(pin: PinnedTurn, group: RotaGroup, t: int) -> bool:
    """Whether a pin is about session t of a group."""
    return pin.key == group.key and pin.index in (None, group.index(t))


def read_pins(context: RotaContext) -> Pins:
    """The program's pins. Raises InputError for people or groups that take no part, PolicyError for rules
    that no pin overrides."""
    program = context.program
    keys = {group.key: group for group in context.groups}
    faults: list[Fault] = []
    for k, pin in enumerate(program.rota.pins):
        path = f"programs.{program.id}.rota.pins[{k}]"
        group = keys.get(pin.key)
        if pin.must != "take":
            continue
        if group is None:
            faults.append(Fault(f"{path}.key", f"{' + '.join(pin.key)!r} is no group of this rota"))
            continue
        if pin.index is not None and pin.index not in {group.index(t) for t in range(len(group.weeks))}:
            faults.append(Fault(f"{path}.index", f"{group.id!r} does not meet in week {pin.index}"))
        member = context.members.get(pin.member)
        if member is None:
            faults.append(Fault(f"{path}.member", f"there is no member {pin.member!r}"))
            continue
        against = standing_reasons(context, member, group, pin.role or "lead")
        if broken := [one for one in against if not one.pin_overrides]:
            raise PolicyError(
                "pins",
                f"The turn of {pin.member} in {group.id} would break a rule that nobody may override "
                f"({broken[0].code}: {RULE[broken[0].code].sentence}): remove the pin.",
            )
    if faults:
        raise InputError(
            "A pinned turn names people, groups or weeks that take no part: remove the pin, or correct it.",
            faults,
        )
    pins = program.rota.pins
    return Pins(
        tuple(pin for pin in pins if pin.must == "take"), tuple(pin for pin in pins if pin.must == "not_take")
    )


def pinned_steps(
    context: RotaContext,
    group: RotaGroup,
    history: History,
    come: NDArray[np.integer[Any]],
    required: Sequence[NDArray[np.bool_]],
) -> dict[int, int]:
    """Session -> step of the group's sessions whose time is set by hand.

    come: per step, how many members can come to a session that begins there; required: where each of those
    who have to be there can. Raises InputError for a time off the grid, in another week, or over, or one that
    too few can come to.
    """
    out: dict[int, int] = {}
    number = {group.index(t): t for t in range(len(group.weeks))}
    for k, pin in enumerate(context.program.rota.times):
        if pin.key != group.key:
            continue
        t, step = number.get(pin.index), context.step(pin.start)
        when = pin.start.astimezone(ZoneInfo(group.zone))
        why = None
        if t is None:
            why = f"{group.title} does not meet in week {pin.index}"
        elif step is None or step + context.length(group) > context.n_steps:
            why = "it is off the quarters of an hour, or outside the cycle"
        elif (when.date() - context.program.cycle.start).days // 7 != group.weeks[t]:
            why = f"it is not in the week of session {pin.index}"
        elif history.as_of is not None and pin.start < history.as_of:
            why = "it is over"
        elif come[step] < group.quorum:
            why = f"{int(come[step])} of {len(group.members)} can come, and {group.quorum} are needed"
        elif not all(one[step] for one in required):
            why = "its expert cannot come"
        if why is not None or t is None or step is None:
            fault = Fault(f"programs.{context.program.id}.rota.times[{k}]", str(why))
            told = f"{group.title} cannot be set to {when:%a %Y-%m-%d %H:%M} ({group.zone}): {why}."
            raise InputError(told, [fault])
        out[t] = step
    return out
