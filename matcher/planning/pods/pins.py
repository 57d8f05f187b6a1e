"""Seats that a coordinator fixed by hand, and what they override."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.candidates.pods.rules import CODES, RULE
from matcher.candidates.pods.table import SeatTable
from matcher.domain.errors import Fault, InputError, PolicyError


@dataclass(frozen=True)
class Pins:
    """Forced seats as numbers, and per seat the codes of the rules it sets aside."""

    seats: tuple[tuple[int, int], ...]
    overrides: dict[tuple[int, int], tuple[str, ...]]


def read_pins(table: SeatTable) -> Pins:
    """The program's forced seats.

    Raises InputError for people or pods that cannot take part, PolicyError for rules that no pin overrides.
    """
    left_out = dict(table.left_out)
    seats: dict[tuple[int, int], tuple[str, ...]] = {}
    faults: list[Fault] = []
    program = table.context.program
    for member, pod in sorted(table.context.forced):
        i, p = table.member_number.get(member), table.pod_number.get(pod)
        path = f"programs.{program.id}.pods.pins: {member} in {pod}"
        if i is None:
            code = left_out.get(member)
            why = f": {RULE[code].sentence}" if code else ""
            faults.append(Fault(path, f"{member!r} takes no part{why}"))
        if p is None:
            faults.append(Fault(path, f"{pod!r} takes no part in the program"))
        if i is None or p is None:
            continue
        mask = int(table.failed[i, p])
        codes = tuple(code for bit, code in enumerate(CODES) if mask >> bit & 1)
        if broken := [code for code in codes if not RULE[code].pin_overrides]:
            raise PolicyError(
                "pins",
                f"The forced seat of {member} in {pod} would break a rule that nobody may override "
                f"({', '.join(broken)}: {RULE[broken[0]].sentence}): remove the pin.",
            )
        seats[i, p] = codes
    if faults:
        raise InputError(
            "A forced seat names people or pods that cannot take part: remove the pin, or change them.",
            faults,
        )
    return Pins(tuple(sorted(seats)), seats)
