"""References about rotas in a network's header: forums, and turns that programs fix by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from matcher.documents.faults import FaultList, Suggester
from matcher.documents.pods import Place, source_of
from matcher.domain.network import NetworkHeader
from matcher.domain.program import ProgramRota


def rota_people(header: NetworkHeader) -> Iterator[Place]:
    """Members whom the header names about rotas, each with its path."""
    for position, forum in enumerate(header.forums):
        yield f"forums[{position}].expert", forum.expert
        yield from ((f"forums[{position}].members[{k}]", one) for k, one in enumerate(forum.members or ()))
    for position, program in enumerate(header.programs):
        for k, pin in enumerate(program.rota.pins):
            path = f"programs[{position}].rota.pins[{k}]"
            yield f"{path}.member", pin.member
            if len(pin.key) == 2:
                yield from ((f"{path}.key[{at}]", one) for at, one in enumerate(pin.key))


def check_rota(
    header: NetworkHeader,
    faults: FaultList,
    suggest: Suggester,
    skill_id: Callable[[str], str | None],
    unknown_skill: Callable[[str], str],
) -> None:
    """Check what the header alone can tell about rotas."""
    forums = {forum.id for forum in header.forums}
    problems = {problem.id for problem in header.problems}
    circles = {circle.id for circle in header.circles}
    for position, forum in enumerate(header.forums):
        path = f"forums[{position}]"
        if forum.id in problems | circles:
            faults.add(f"{path}.id", f"{forum.id!r} is also the id of a problem or circle: give it another")
        if forum.skill is not None and skill_id(forum.skill) is None:
            faults.add(f"{path}.skill", unknown_skill(forum.skill))
        seen: set[str] = set()
        for k, one in enumerate(forum.members or ()):
            if one in seen:
                faults.add(f"{path}.members[{k}]", f"{one!r} is named twice: remove one of them")
            seen.add(one)
    known = problems | circles | forums
    for position, program in enumerate(header.programs):
        _check_program(f"programs[{position}].rota", program.rota, forums, known, faults, suggest)


def _check_program(
    path: str,
    rota: ProgramRota,
    forums: Collection[str],
    known: Collection[str],
    faults: FaultList,
    suggest: Suggester,
) -> None:
    for k, one in enumerate(rota.forums or ()):
        if one not in forums:
            faults.add(f"{path}.forums[{k}]", f"there is no forum {one!r}{suggest.hint(one, forums)}")
    must: dict[tuple[object, ...], tuple[str, int]] = {}
    for k, pin in enumerate(rota.pins):
        name = pin.key[0]
        if len(pin.key) == 1 and name not in known and source_of(name) not in known:
            hint = suggest.hint(name, known)
            faults.add(f"{path}.pins[{k}].key", f"there is no problem, circle or forum {name!r}{hint}")
        if len(pin.key) == 2 and pin.must == "take":
            faults.add(f"{path}.pins[{k}].key", "is a pair: nobody facilitates the sessions of a pair")
        said, first = must.setdefault((pin.member, pin.key, pin.index, pin.role), (pin.must, k))
        if said != pin.must:
            reason = (
                f"says {pin.must!r} for {pin.member!r} in {' + '.join(pin.key)!r}, where pins[{first}] says "
                f"{said!r}: remove one of them"
            )
            faults.add(f"{path}.pins[{k}].must", reason)
