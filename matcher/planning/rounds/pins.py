"""What a coordinator fixed about rounds by hand, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.domain.errors import Fault, InputError
from matcher.domain.program import Program, RoundPin


@dataclass(frozen=True)
class Pins:
    """`together`: (round, person, person); `apart`: pairs of persons, the lower number first."""

    together: tuple[tuple[int, int, int], ...]
    apart: set[tuple[int, int]]


def read_pins(program: Program, number: Mapping[str, int], comes: NDArray[np.bool_], held: int) -> Pins:
    """The pins of a program's open rounds; who is to be absent is taken out of `comes` (people, rounds).

    What is fixed about rounds that took place, or that are not asked for, says nothing any more. Raises
    InputError where two are to be together and one of them does not come.
    """
    pins = [(k, pin) for k, pin in enumerate(program.rounds.pins) if _open(pin, held, comes.shape[1])]
    for _, pin in pins:
        if pin.must == "absent" and pin.member in number:
            comes[number[pin.member], int(pin.round or 1) - 1] = False
    faults = []
    together, apart = [], set()
    for k, pin in pins:
        if pin.must == "absent":
            continue
        pair = [number.get(str(one)) for one in (pin.member, pin.other)]
        if pin.must == "apart":
            if None not in pair:
                first, second = sorted(int(i or 0) for i in pair)
                apart.add((first, second))
            continue
        at = int(pin.round or 1) - 1
        for name, i in zip((pin.member, pin.other), pair, strict=True):
            if i is None or not comes[i, at]:
                path = f"programs.{program.id}.rounds.pins[{k}]"
                faults.append(Fault(path, f"{name!r} does not come to round {at + 1}"))
        first, second = sorted(int(i or 0) for i in pair)
        together.append((at, first, second))
    if faults:
        raise InputError("A pin joins people of whom one does not come: remove it, or change them.", faults)
    return Pins(tuple(sorted(set(together))), apart)


def _open(pin: RoundPin, held: int, rounds: int) -> bool:
    return pin.round is None or held < pin.round <= rounds
