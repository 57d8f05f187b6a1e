"""References about rounds in a network's header: what programs fix, rounds that run or ended."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.documents.faults import FaultList
from matcher.domain.network import NetworkHeader
from matcher.domain.program import ProgramRounds

Place = tuple[str, str]
"""A path in the document, and the id that stands there."""


def round_people(header: NetworkHeader) -> Iterator[Place]:
    """Members whom the header names about rounds, each with its path."""
    for position, program in enumerate(header.programs):
        for k, pin in enumerate(program.rounds.pins):
            path = f"programs[{position}].rounds.pins[{k}]"
            yield f"{path}.member", pin.member
            if pin.other is not None:
                yield f"{path}.other", pin.other
    for name in ("running_rounds", "ended_rounds"):
        for position, one in enumerate(getattr(header, name)):
            for g, group in enumerate(one.groups):
                path = f"{name}[{position}].groups[{g}]"
                yield from ((f"{path}[{at}]", member) for at, member in enumerate(group))


def check_rounds(header: NetworkHeader, faults: FaultList) -> None:
    """Check what the header alone can tell about rounds."""
    for position, program in enumerate(header.programs):
        _check_program(f"programs[{position}].rounds", program.rounds, faults)
    for name in ("running_rounds", "ended_rounds"):
        for position, one in enumerate(getattr(header, name)):
            seen: set[str] = set()
            for g, group in enumerate(one.groups):
                for at, member in enumerate(group):
                    if member in seen:
                        path = f"{name}[{position}].groups[{g}][{at}]"
                        faults.add(path, f"{member!r} is in the round twice: remove one of them")
                    seen.add(member)


def _check_program(path: str, rounds: ProgramRounds, faults: FaultList) -> None:
    if rounds.number is not None and (rounds.held or 0) > rounds.number:
        reason = f"says that {rounds.held} rounds took place, of {rounds.number}: write fewer"
        faults.add(f"{path}.held", reason)
    absent = {(pin.member, pin.round): k for k, pin in enumerate(rounds.pins) if pin.must == "absent"}
    apart = {
        frozenset((pin.member, pin.other)): k for k, pin in enumerate(rounds.pins) if pin.must == "apart"
    }
    for k, pin in enumerate(rounds.pins):
        if pin.must != "together":
            continue
        other = apart.get(frozenset((pin.member, pin.other)))
        for member in (pin.member, pin.other):
            other = absent.get((str(member), pin.round), other)
        if other is not None:
            reason = f"joins {pin.member!r} and {pin.other!r}, and pins[{other}] parts them: remove one"
            faults.add(f"{path}.pins[{k}]", reason)
