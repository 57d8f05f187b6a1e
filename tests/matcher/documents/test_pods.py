"""What a network document says of pods and circles is checked, fault by fault, in both formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matcher.documents.read import open_network
from matcher.documents.write import write_network
from matcher.domain.errors import InputError

Document = dict[str, Any]
CIRCLE = {"id": "python", "title": "Python", "skill": "python"}


def circle(**fields: Any) -> Callable[[Document], object]:
    return lambda d: d.setdefault("circles", []).append({**CIRCLE, **fields})


def pods(**fields: Any) -> Callable[[Document], object]:
    return lambda d: (circle()(d), d["programs"][0].update(pods=fields))


def past(name: str, **fields: Any) -> Callable[[Document], object]:
    return lambda d: d.setdefault(name, []).append({"pod": "waste", "members": ["ana", "ben"], **fields})


def problem(**fields: Any) -> Callable[[Document], object]:
    return lambda d: d["problems"][0].update(fields)


def wishes(*names: str) -> Callable[[Document], object]:
    return lambda d: d["members"][1].update(wishes=list(names))


SEAT = {"member": "ana", "pod": "waste", "must": "seat"}

CASES: list[tuple[Callable[[Document], object], str, str]] = [
    (circle(skill="cobol"), "circles[0].skill", "no skill 'cobol'"),
    (circle(id="waste"), "circles[0].id", "also the id of a problem"),
    (circle(most_people=3), "circles[0]", "below least_people"),
    (circle(offering=9), "circles[0]", "above most_people"),
    (circle(groups=0), "circles[0].groups", "1"),
    (lambda d: (circle()(d), circle()(d)), "circles[1].id", "circles[0]"),
    (lambda d: (circle()(d), problem(id="python/2")(d)), "problems[0].id", "reads like a circle"),
    (problem(needs=[{"skill": "py", "people": 1, "least": 2}]), "problems[0].needs[0]", "above people"),
    (problem(sponsor_presence="maybe"), "problems[0].sponsor_presence", "present"),
    (problem(most_share=0), "problems[0].most_share", "1"),
    (problem(session_minutes=10), "problems[0].session_minutes", "15"),
    (pods(problems=["wast"]), "programs[0].pods.problems[0]", "did you mean 'waste'?"),
    (pods(circles=["waste"]), "programs[0].pods.circles[0]", "no circle 'waste'"),
    (pods(must_run=["x"]), "programs[0].pods.must_run[0]", "no problem or circle 'x'"),
    (pods(time_zone="Europe/Nowhere"), "programs[0].pods.time_zone", "not an IANA time zone"),
    (pods(pins=[{**SEAT, "pod": "pythn"}]), "programs[0].pods.pins[0].pod", "did you mean 'python'?"),
    (pods(pins=[{**SEAT, "member": "anna"}]), "programs[0].pods.pins[0].member", "no member 'anna'"),
    (pods(pins=[{**SEAT, "must": "perhaps"}]), "programs[0].pods.pins[0].must", "no_seat"),
    (
        pods(pins=[SEAT, {**SEAT, "must": "no_seat"}]),
        "programs[0].pods.pins[1].must",
        "pins[0] says 'seat'",
    ),
    (pods(together=[["ana"]]), "programs[0].pods.together[0]", "fewer than two"),
    (pods(apart=[["ana", "ana"]]), "programs[0].pods.apart[0][1]", "named twice"),
    (pods(apart=[["ana", "zoe"]]), "programs[0].pods.apart[0][1]", "no member 'zoe'"),
    (
        pods(together=[["ana", "ben"]], apart=[["ben", "ana"]]),
        "programs[0].pods.together[0]",
        "apart[0] parts",
    ),
    (past("running_pods", members=["ana", "x"]), "running_pods[0].members[1]", "no member 'x'"),
    (past("running_pods", members=[]), "running_pods[0].members", "1"),
    (past("running_pods", rematch=["cleo"]), "running_pods[0].rematch[0]", "not one of the pod's members"),
    (past("running_pods", meeting={"weekday": 8}), "running_pods[0].meeting.weekday", "7"),
    (
        lambda d: (past("running_pods")(d), past("running_pods")(d)),
        "running_pods[1].id",
        "running_pods[0]",
    ),
    (past("ended_pods", members=["ana", "ana"]), "ended_pods[0].members[1]", "named twice"),
    (past("ended_pods", declined=["cleo"]), "ended_pods[0].declined[0]", "not one of the pod's members"),
    (past("ended_pods", cycles_ago=0), "ended_pods[0].cycles_ago", "1"),
    (wishes("wate"), "members[1].wishes[0]", "did you mean 'waste'?"),
    (wishes("waste", "waste"), "members[1].wishes[1]", "wished for before"),
    (
        lambda d: d["policies"][0].update(pods={"maxima": {"wishes": 500}}),
        "policies[0].pods.maxima",
        "sum to 1100",
    ),
    (
        lambda d: d["policies"][0].update(pods={"worth": {"organizations": [10, 20]}}),
        "policies[0].pods.worth",
        "must not rise",
    ),
    (
        lambda d: d["policies"][0].update(pods={"worth": {"need": 10}}),
        "policies[0].pods.worth",
        "a second cover is worth less",
    ),
    (lambda d: d["policies"][0].update(pods={"quorum": 101}), "policies[0].pods.quorum", "100"),
]


@pytest.mark.parametrize(("edit", "path", "words"), CASES)
def test_each_fault_is_found_where_it_is(edit, path, words, saved) -> None:
    with pytest.raises(InputError) as raised:
        open_network(saved(edit)).network()
    assert path in {fault.path for fault in raised.value.faults}
    assert any(words in fault.reason for fault in raised.value.faults), raised.value.faults


@pytest.mark.parametrize("name", ["net.json", "net.jsonl"])
def test_what_is_said_of_pods_survives_both_formats(name, saved, tmp_path: Path) -> None:
    def edit(d: Document) -> None:
        pods(
            problems=["waste"],
            must_run=["python/1"],
            pins=[SEAT],
            together=[["ana", "cleo"]],
            time_zone="Asia/Kolkata",
        )(d)
        past("running_pods", meeting={"weekday": 2, "start": "09:30", "time_zone": "Asia/Kolkata"})(d)
        past("ended_pods", pod="gone", cycles_ago=3, declined=["ben"])(d)
        wishes("python", "waste")(d)

    network = open_network(saved(edit, name)).network()
    assert network.members[1].wishes == ("python", "waste")
    assert network.ended_pods[0].pod == "gone"
    write_network(tmp_path / f"again-{name}", network)
    assert open_network(tmp_path / f"again-{name}").network() == network
