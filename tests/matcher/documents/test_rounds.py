"""What a network document says of rounds is checked, fault by fault, in both formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matcher.documents.read import open_network
from matcher.documents.write import write_network
from matcher.domain.errors import InputError

Document = dict[str, Any]
TWO = {"member": "ana", "other": "ben", "round": 2, "must": "together"}
GONE = {"member": "ben", "round": 2, "must": "absent"}


def rounds(**fields: Any) -> Callable[[Document], object]:
    return lambda d: d["programs"][0].update(rounds=fields)


def past(name: str, **fields: Any) -> Callable[[Document], object]:
    row = {"program": "gone", "cycle": "old", "number": 1, "groups": [["ana", "ben"]], **fields}
    if name == "running_rounds":
        row.setdefault("week_of", "2026-01-05")
    return lambda d: d.setdefault(name, []).append(row)


CASES: list[tuple[Callable[[Document], object], str, str]] = [
    (rounds(number=0), "programs[0].rounds.number", "1"),
    (rounds(size=1), "programs[0].rounds.size", "2"),
    (rounds(number=2, held=3), "programs[0].rounds.held", "3 rounds took place, of 2"),
    (rounds(pins=[{**TWO, "other": "zoe"}]), "programs[0].rounds.pins[0].other", "no member 'zoe'"),
    (rounds(pins=[{**TWO, "member": "zoe"}]), "programs[0].rounds.pins[0].member", "no member 'zoe'"),
    (rounds(pins=[{**TWO, "other": "ana"}]), "programs[0].rounds.pins[0]", "name two"),
    (rounds(pins=[{**TWO, "must": "apart"}]), "programs[0].rounds.pins[0]", "takes no round"),
    (rounds(pins=[{**TWO, "round": None}]), "programs[0].rounds.pins[0]", "needs round"),
    (rounds(pins=[{**TWO, "must": "absent"}]), "programs[0].rounds.pins[0]", "takes no other"),
    (rounds(pins=[TWO, GONE]), "programs[0].rounds.pins[0]", "pins[1] parts them"),
    (
        rounds(pins=[{"member": "ben", "other": "ana", "must": "apart"}, TWO]),
        "programs[0].rounds.pins[1]",
        "pins[0] parts them",
    ),
    (past("running_rounds", number=0), "running_rounds[0].number", "1"),
    (past("running_rounds", groups=[["ana", "x"]]), "running_rounds[0].groups[0][1]", "no member 'x'"),
    (past("ended_rounds", groups=[["ana"], ["ana"]]), "ended_rounds[0].groups[1][0]", "in the round twice"),
    (past("ended_rounds", cycles_ago=0), "ended_rounds[0].cycles_ago", "1"),
    (
        lambda d: (past("ended_rounds")(d), past("ended_rounds")(d)),
        "ended_rounds[1].id",
        "ended_rounds[0]",
    ),
]


@pytest.mark.parametrize(("edit", "path", "words"), CASES)
def test_each_fault_is_found_where_it_is(edit, path, words, saved) -> None:
    with pytest.raises(InputError) as raised:
        open_network(saved(edit)).network()
    assert path in {fault.path for fault in raised.value.faults}, raised.value.faults
    assert any(words in fault.reason for fault in raised.value.faults), raised.value.faults


@pytest.mark.parametrize("name", ["net.json", "net.jsonl"])
def test_what_is_said_of_rounds_survives_both_formats(name, saved, tmp_path: Path) -> None:
    def edit(d: Document) -> None:
        rounds(number=4, size=2, most_of_one=1, held=1, pins=[TWO, {**GONE, "round": 3}])(d)
        past("running_rounds")(d)
        past("ended_rounds", cycles_ago=3)(d)

    network = open_network(saved(edit, name)).network()
    assert network.programs[0].rounds.number == 4
    assert network.ended_rounds[0].groups == (("ana", "ben"),)
    write_network(tmp_path / f"again-{name}", network)
    assert open_network(tmp_path / f"again-{name}").network() == network
