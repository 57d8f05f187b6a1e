"""What a network document says of forums and pinned turns is checked, fault by fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from matcher.documents.read import open_network
from matcher.domain.errors import InputError

Document = dict[str, Any]
TALKS = {"id": "talks", "title": "Talks", "expert": "ana"}
PIN = {"member": "ana", "key": ["waste"], "must": "take"}


def forum(**fields: Any) -> Callable[[Document], object]:
    return lambda d: d.setdefault("forums", []).append({**TALKS, **fields})


def rota(**fields: Any) -> Callable[[Document], object]:
    return lambda d: (forum()(d), d["programs"][0].update(rota=fields))


CASES = [
    (forum(expert="anna"), "forums[0].expert", "did you mean 'ana'?"),
    (forum(members=["ben", "bem"]), "forums[0].members[1]", "no member 'bem'"),
    (forum(members=["ben", "ben"]), "forums[0].members[1]", "named twice"),
    (forum(skill="pi"), "forums[0].skill", "no skill 'pi'"),
    (forum(id="waste"), "forums[0].id", "also the id of a problem"),
    (lambda d: (forum()(d), forum()(d)), "forums[1].id", "also the id of forums[0]"),
    (rota(forums=["talk"]), "programs[0].rota.forums[0]", "did you mean 'talks'?"),
    (rota(pins=[{**PIN, "member": "nobody"}]), "programs[0].rota.pins[0].member", "no member 'nobody'"),
    (rota(pins=[{**PIN, "key": ["wast"]}]), "programs[0].rota.pins[0].key", "did you mean 'waste'?"),
    (rota(pins=[{**PIN, "key": ["ana", "ben"]}]), "programs[0].rota.pins[0].key", "pair"),
    (rota(pins=[PIN, {**PIN, "must": "not_take"}]), "programs[0].rota.pins[1].must", "remove one of them"),
    (rota(pins=[{**PIN, "role": "boss"}]), "programs[0].rota.pins[0].role", "shadow"),
    (
        lambda d: d["policies"][0].update(rota={"curve": {"by_hour": [0] * 23}}),
        "policies[0].rota.curve",
        "it needs 24",
    ),
]


@pytest.mark.parametrize(("edit", "path", "words"), CASES)
def test_each_fault_is_found_where_it_is(edit, path, words, saved) -> None:
    with pytest.raises(InputError) as raised:
        open_network(saved(edit)).network()
    assert path in {fault.path for fault in raised.value.faults}, raised.value.faults
    assert any(words in fault.reason for fault in raised.value.faults), raised.value.faults


def test_what_is_right_is_read(saved) -> None:
    network = open_network(saved(rota(forums=["talks"], pins=[PIN]))).network()
    assert network.forums[0].expert == "ana"
    assert network.programs[0].rota.pins[0].key == ("waste",)
