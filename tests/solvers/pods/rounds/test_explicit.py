"""Rounds instances as JSON: everything is read, nothing is guessed, every fault is named."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.pods.rounds.explicit import KEYS, instance_to_dict, load_instance

KNOWN = {
    "organizations": ["south", "north"],
    "members": [
        {"id": "ana", "organization": "north"},
        {"id": "bo", "organization": "south", "absent": [2], "languages": ["sw", "en"]},
        {"id": "cy", "organization": "north"},
        {"id": "di"},
        {"id": "ed"},
    ],
    "rounds": 3,
    "size": 2,
    "least": 2,
    "most": 4,
    "met": [["ana", "bo"], ["cy", "di", 7]],
    "repeat_weight": 5,
    "apart": [["ana", "ed"]],
    "competitors": [["north", "south"]],
    "most_of_one": 1,
    "held": [[["cy", "ana"], ["ed", "di", "bo"]]],
    "together": [[3, "di", "ana"]],
    "before": [[["cy", "di"], ["ed", "ana"]]],
    "frozen": True,
}


def test_every_key_is_read():
    assert set(KNOWN) == set(KEYS)
    instance = load_instance(KNOWN)
    assert instance.person_ids == ("ana", "bo", "cy", "di", "ed")
    assert instance.organization_ids == ("south", "north", "", "")
    assert instance.organization.tolist() == [1, 0, 1, 2, 3]
    assert np.argwhere(~instance.attendance).tolist() == [[1, 1]]
    assert (instance.n_rounds, instance.size, instance.least, instance.most) == (3, 2, 2, 4)
    assert [instance.met.first.tolist(), instance.met.second.tolist()] == [[0, 2], [1, 3]]
    assert instance.met.weight.tolist() == [1, 7]
    assert instance.apart.tolist() == [[0, 4]]
    assert instance.competitors.tolist() == [[1, 0]]
    assert (instance.most_of_one, instance.repeat_weight) == (1, 5)
    assert instance.held == (((0, 2), (1, 3, 4)),)
    assert instance.language_ids == ("en", "sw")
    assert instance.speaks.all(), "who names no language speaks any"


def test_what_is_left_out_has_its_default():
    instance = load_instance({"members": [{"id": "a"}, {"id": "b"}], "rounds": 1, "size": 4})
    assert (instance.least, instance.most) == (3, 5)
    assert instance.attendance.all()
    assert (len(instance.met), len(instance.apart), instance.held) == (0, 0, ())


def test_there_and_back():
    once = instance_to_dict(load_instance(KNOWN))
    assert instance_to_dict(load_instance(once)) == once
    assert once["met"] == [["ana", "bo", 1], ["cy", "di", 7]]


def test_a_file_is_read(tmp_path):
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(KNOWN), "utf-8")
    assert instance_to_dict(load_instance(path)) == instance_to_dict(load_instance(KNOWN))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d.pop("size"), "size"),
        (lambda d: d.update(rounds=0), "rounds"),
        (lambda d: d.update(size=21), "size"),
        (lambda d: d.update(least=3), "least"),
        (lambda d: d.update(colour=1), "colour"),
        (lambda d: d["members"].append({"id": "ana"}), "members[5].id"),
        (lambda d: d["members"].append({}), "members[5].id"),
        (lambda d: d["members"][0].update(organization="west"), "members[0].organization"),
        (lambda d: d["members"][0].update(absent=[4]), "members[0].absent[0]"),
        (lambda d: d["organizations"].append("north"), "organizations[2]"),
        (lambda d: d["met"].append(["ana"]), "met[2]"),
        (lambda d: d["met"].append(["ana", "ed", 0]), "met[2][2]"),
        (lambda d: d["met"].append(["bo", "ana"]), "met"),
        (lambda d: d["apart"].append(["ana", "zoe"]), "apart[1]"),
        (lambda d: d["apart"].append(["ana", "bo", "cy"]), "apart[1]"),
        (lambda d: d["competitors"].append(["north", "north"]), "competitors"),
        (lambda d: d["held"].append([["ana", "zoe"]]), "held[1][0]"),
        (lambda d: d.update(most_of_one=0), "most_of_one"),
        (lambda d: d["together"].append(["ana", "bo"]), "together[1]"),
        (lambda d: d["together"].append([4, "ana", "di"]), "together[1][0]"),
        (lambda d: d["together"].append([1, "ana", "di"]), "together"),
        (lambda d: d["together"].append([2, "bo", "di"]), "together"),
        (lambda d: d["together"].append([2, "ana", "ed"]), "together"),
        (lambda d: d["before"][0].append(["ana"]), "before"),
        (lambda d: d["before"].extend([[], []]), "before"),
        (lambda d: d.update(frozen=1), "frozen"),
    ],
)
def test_every_fault_has_its_path(change, field):
    data = copy.deepcopy(KNOWN)
    change(data)
    with pytest.raises(InstanceError) as raised:
        load_instance(data)
    assert raised.value.field == field
