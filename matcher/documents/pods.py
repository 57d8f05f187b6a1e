"""References about pods in a network's header: circles, what programs fix, pods that run or ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from matcher.documents.faults import FaultList, Suggester
from matcher.domain.network import NetworkHeader
from matcher.domain.program import ProgramPods

Place = tuple[str, str]
"""A path in the document, and the id that stands there."""


def source_of(pod: str) -> str:
    """The problem or circle of a pod: "python" of "python/2"."""
    source, slash, number = pod.rpartition("/")
    return source if slash and number.isdigit() else pod


def pod_people(header: NetworkHeader) -> set[str]:
    """Members whom the header names about pods."""
    return {member for _, member in _people(header)}


def check_pods(
    header: NetworkHeader,
    faults: FaultList,
    suggest: Suggester,
    skill_id: Callable[[str], str | None],
    unknown_skill: Callable[[str], str],
) -> None:
    """Check what the header alone can tell about pods."""
    problems = {problem.id for problem in header.problems}
    circles = {circle.id for circle in header.circles}
    for position, circle in enumerate(header.circles):
        path = f"circles[{position}]"
        if circle.id in problems:
            faults.add(f"{path}.id", f"{circle.id!r} is also the id of a problem: give it another")
        if skill_id(circle.skill) is None:
            faults.add(f"{path}.skill", unknown_skill(circle.skill))
    for position, problem in enumerate(header.problems):
        if source_of(problem.id) in circles - {problem.id}:
            reason = f"{problem.id!r} reads like a circle of {source_of(problem.id)!r}: give it another id"
            faults.add(f"problems[{position}].id", reason)
    for position, program in enumerate(header.programs):
        _check_program(f"programs[{position}].pods", program.pods, problems, circles, faults, suggest)
    for position, running in enumerate(header.running_pods):
        path = f"running_pods[{position}]"
        _once(f"{path}.members", running.members, faults)
        _among(f"{path}.rematch", running.rematch, running.members, faults)
    for position, ended in enumerate(header.ended_pods):
        path = f"ended_pods[{position}]"
        _once(f"{path}.members", ended.members, faults)
        _among(f"{path}.declined", ended.declined, ended.members, faults)


def check_people(
    header: NetworkHeader,
    members: Collection[str],
    unknown_member: Callable[[str], str],
    faults: FaultList,
) -> None:
    """Check the members whom the header names about pods against all there are."""
    for path, member in _people(header):
        if member not in members:
            faults.add(path, unknown_member(member))


def _check_program(
    path: str, pods: ProgramPods, problems: set[str], circles: set[str], faults: FaultList, suggest: Suggester
) -> None:
    for field, named, known in (
        ("problems", pods.problems or (), problems),
        ("circles", pods.circles or (), circles),
    ):
        for k, one in enumerate(named):
            if one not in known:
                kind = field.removesuffix("s")
                faults.add(f"{path}.{field}[{k}]", f"there is no {kind} {one!r}{suggest.hint(one, known)}")
    named_pods = [(f"{path}.must_run[{k}]", one) for k, one in enumerate(pods.must_run)]
    named_pods += [(f"{path}.pins[{k}].pod", pin.pod) for k, pin in enumerate(pods.pins)]
    for place, pod in named_pods:
        if pod not in problems and source_of(pod) not in circles:
            hint = suggest.hint(pod, problems | circles)
            faults.add(place, f"there is no problem or circle {pod!r}{hint}")
    must: dict[tuple[str, str], tuple[str, int]] = {}
    for k, pin in enumerate(pods.pins):
        said, first = must.setdefault((pin.member, pin.pod), (pin.must, k))
        if said != pin.must:
            reason = (
                f"says {pin.must!r} for {pin.member!r} in {pin.pod!r}, where pins[{first}] says {said!r}: "
                "remove one of them"
            )
            faults.add(f"{path}.pins[{k}].must", reason)
    for field, groups in (("together", pods.together), ("apart", pods.apart)):
        for k, group in enumerate(groups):
            _once(f"{path}.{field}[{k}]", group, faults)
            if len(group) < 2:
                faults.add(f"{path}.{field}[{k}]", "names fewer than two members")
    apart = {
        frozenset((a, b)): k for k, group in enumerate(pods.apart) for a in group for b in group if a != b
    }
    for k, group in enumerate(pods.together):
        for a in group:
            for b in group:
                if a < b and (other := apart.get(frozenset((a, b)))) is not None:
                    reason = f"joins {a!r} and {b!r}, whom apart[{other}] parts: remove one of the two"
                    faults.add(f"{path}.together[{k}]", reason)


def _once(path: str, named: Iterable[str], faults: FaultList) -> None:
    seen: set[str] = set()
    for k, one in enumerate(named):
        if one in seen:
            faults.add(f"{path}[{k}]", f"{one!r} is named twice: remove one of them")
        seen.add(one)


def _among(path: str, named: Iterable[str], members: Collection[str], faults: FaultList) -> None:
    for k, one in enumerate(named):
        if one not in members:
            faults.add(f"{path}[{k}]", f"{one!r} is not one of the pod's members")


def _people(header: NetworkHeader) -> Iterator[Place]:
    for position, program in enumerate(header.programs):
        path = f"programs[{position}].pods"
        for k, pin in enumerate(program.pods.pins):
            yield f"{path}.pins[{k}].member", pin.member
        for field, groups in (("together", program.pods.together), ("apart", program.pods.apart)):
            for k, group in enumerate(groups):
                yield from ((f"{path}.{field}[{k}][{at}]", member) for at, member in enumerate(group))
    for name in ("running_pods", "ended_pods"):
        for position, pod in enumerate(getattr(header, name)):
            yield from (
                (f"{name}[{position}].members[{at}]", member) for at, member in enumerate(pod.members)
            )
