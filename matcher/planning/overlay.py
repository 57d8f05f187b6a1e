"""What one run changes in a network's header: another policy to try, and pairs or seats fixed by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from matcher.documents.read import open_network
from matcher.documents.write import record
from matcher.domain.base import Identifier, Model
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Policy
from matcher.domain.program import PinnedPair, PinnedSeat, PinnedTime, PinnedTurn, ProgramRounds, RoundPin


class Overlay(Model):
    """For one program: `policy` in place of its own, `rounds` but for their pins in place of its own; `pins`,
    `seats`, `meetings` (pins of rounds), `turns` and `times` after its own (a later one about the same pair,
    seat, meeting, turn or session takes the place of an earlier one)."""

    program: Identifier
    policy: Policy | None = None
    pins: tuple[PinnedPair, ...] = ()
    seats: tuple[PinnedSeat, ...] = ()
    turns: tuple[PinnedTurn, ...] = ()
    times: tuple[PinnedTime, ...] = ()
    rounds: ProgramRounds | None = None
    meetings: tuple[RoundPin, ...] = ()

    def on(self, header: NetworkHeader) -> NetworkHeader:
        """The header with the changes in it."""
        policies = header.policies
        if self.policy is not None:
            others = [one for one in policies if one.id != self.policy.id]
            policies = (*others, self.policy)
        programs = []
        for program in header.programs:
            if program.id != self.program:
                programs.append(program)
                continue
            pins = {(pin.learner, pin.guide): pin for pin in (*program.pins, *self.pins)}
            seats = {(pin.member, pin.pod): pin for pin in (*program.pods.pins, *self.seats)}
            pods = program.pods.model_copy(update={"pins": tuple(seats.values())})
            turns = {
                (pin.member, pin.key, pin.index, pin.role): pin for pin in (*program.rota.pins, *self.turns)
            }
            times = {(pin.key, pin.index): pin for pin in (*program.rota.times, *self.times)}
            fixed = {"pins": tuple(turns.values()), "times": tuple(times.values())}
            rota = program.rota.model_copy(update=fixed)
            meetings = {
                (pin.member, pin.other, pin.round): pin for pin in (*program.rounds.pins, *self.meetings)
            }
            rounds = (self.rounds or program.rounds).model_copy(update={"pins": tuple(meetings.values())})
            change: dict[str, object] = {
                "pins": tuple(pins.values()), "pods": pods, "rounds": rounds, "rota": rota,
            }  # fmt: skip
            if self.policy is not None:
                change["policy"] = self.policy.id
            programs.append(program.model_copy(update=change))
        return header.model_copy(update={"policies": policies, "programs": tuple(programs)})


def lay_over(base: Path, overlay: Overlay, variant: Path) -> Path:
    """Write the JSON Lines `base` with another header to `variant`; `base` itself where nothing differs.

    Raises InputError for a base that is no network document.
    """
    header = open_network(base).header
    changed = overlay.on(header)
    if changed == header:
        return base
    with base.open("rb") as file, variant.open("wb") as out:
        file.readline()
        out.write(b'{"header":%s}\n' % record(changed))
        shutil.copyfileobj(file, out, 1 << 20)
    return variant
