"""Edits by hand: what each names, what it asks of the next run, and which contradict each other."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from matcher.domain.edit import Edit, clash_with, standing
from matcher.domain.family import Family

PAIR = {"learner": "ada", "guide": "gus"}
SEAT = {"member": "ada", "pod": "water"}
MEETING = {"member": "ben", "other_member": "ada"}


@pytest.mark.parametrize(
    ("values", "family", "asks"),
    [
        ({"op": "pin", **PAIR}, Family.PAIRS, {("ada", "gus", True)}),
        ({"op": "forbid", **PAIR}, Family.PAIRS, {("ada", "gus", False)}),
        ({"op": "pin", **SEAT}, Family.PODS, {("ada", "water", True)}),
        ({"op": "forbid", **SEAT}, Family.PODS, {("ada", "water", False)}),
        (
            {"op": "swap", **PAIR, "other_learner": "ben", "other_guide": "hal"},
            Family.PAIRS,
            {("ada", "hal", True), ("ben", "gus", True), ("ada", "gus", False), ("ben", "hal", False)},
        ),
        (
            {"op": "swap", **SEAT, "other_member": "ben", "other_pod": "food"},
            Family.PODS,
            {("ada", "food", True), ("ben", "water", True), ("ada", "water", False), ("ben", "food", False)},
        ),
        (
            {"op": "move", **SEAT, "other_pod": "food"},
            Family.PODS,
            {("ada", "food", True), ("ada", "water", False)},
        ),
        ({"op": "pin", **MEETING, "round": 2}, Family.ROUNDS, {("ada", "ben", True)}),
        ({"op": "forbid", **MEETING}, Family.ROUNDS, {("ada", "ben", False)}),
        ({"op": "forbid", "member": "ada", "round": 2}, Family.ROUNDS, {("ada", "", False)}),
    ],
)
def test_an_edit_asks_for_places(values, family, asks):
    edit = Edit.model_validate({**values, "note": "why"})
    assert edit.family is family
    assert {(ask.first, ask.second, ask.wanted) for ask in edit.asks()} == asks
    assert {ask.note for ask in edit.asks()} == {"why"}
    assert Edit.model_validate_json(edit.model_dump_json()) == edit


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"op": "pin", "learner": "ada"}, "pin needs guide"),
        ({"op": "pin"}, "pin needs learner"),
        ({"op": "pin", **PAIR, **SEAT}, "pin takes no member"),
        ({"op": "pin", "member": "ada"}, "pin needs pod"),
        ({"op": "pin", **SEAT, "number": 3}, "pin takes no number"),
        ({"op": "move", **SEAT}, "move needs other_pod"),
        ({"op": "move", **PAIR}, "move takes no learner"),
        ({"op": "move", **SEAT, "other_pod": "water"}, "needs two pods"),
        ({"op": "swap", **SEAT, "other_member": "ada", "other_pod": "food"}, "two members"),
        ({"op": "swap", **PAIR, "other_learner": "ada", "other_guide": "hal"}, "two learners"),
        ({"op": "undo", **SEAT}, "undo takes no member"),
        ({"op": "pin", **MEETING}, "pin needs round"),
        ({"op": "forbid", **MEETING, "round": 1}, "forbid takes no other_member"),
        ({"op": "forbid", "member": "ada", "other_member": "ada"}, "two members"),
        ({"op": "swap", **MEETING}, "swap is for"),
    ],
)
def test_an_edit_names_what_it_needs_and_nothing_else(values, word):
    with pytest.raises(ValidationError, match=word):
        Edit.model_validate(values)


def test_the_opposite_of_a_standing_edit_is_a_clash_until_it_is_undone():
    log = [(1, Edit(op="move", member="ada", pod="water", other_pod="food"))]
    again = Edit(op="pin", member="ada", pod="water")
    assert "ada - water must not be together by edit 1" in str(clash_with(log, again))
    assert clash_with(log, Edit(op="pin", member="ada", pod="food")) is None
    log.append((2, Edit(op="undo", number=1)))
    assert (standing(log), clash_with(log, again)) == ([], None)


def test_meetings_clash_with_what_parts_the_two_in_that_round():
    pin = Edit(op="pin", **MEETING, round=2)
    for other, clashes in (
        (Edit(op="forbid", **MEETING), True),
        (Edit(op="forbid", member="ada", round=2), True),
        (Edit(op="forbid", member="ben", round=2), True),
        (Edit(op="forbid", member="ben", round=3), False),
        (Edit(op="forbid", member="cem", round=2), False),
        (Edit(op="forbid", member="ada", other_member="cem"), False),
        (Edit(op="pin", **MEETING, round=3), False),
    ):
        assert (clash_with([(1, other)], pin) is not None) is clashes
        assert (clash_with([(1, pin)], other) is not None) is clashes
    assert "ada in round 2 must have no group by edit 1" in str(
        clash_with([(1, Edit(op="forbid", member="ada", round=2))], pin)
    )
