"""Each hard rule bites alone."""

from __future__ import annotations

import pytest

from solvers.pods.rounds.check.audit import check

GOOD = (((0, 1, 2), (3, 4, 5)), ((0, 3, 4), (1, 2, 5)))


def codes(instance, rounds):
    return [violation.code for violation in check(instance, rounds)]


def test_a_clean_answer_has_no_objection(rounds):
    assert codes(rounds.instance(6, 3, 2), GOOD) == []


@pytest.mark.parametrize(
    ("more", "answer", "code"),
    [
        ({}, GOOD[:1], "rounds"),
        ({}, (((0, 1, 2), (3, 4, 6)), GOOD[1]), "unknown"),
        ({}, (((0, 1, 2), (2, 4, 5)), GOOD[1]), "twice"),
        ({"absent": [(3, 0)]}, GOOD, "attendance"),
        ({}, (((0,), (1, 2, 3, 4)), GOOD[1]), "size"),
        ({}, (((0, 1, 2, 3, 4),), GOOD[1]), "size"),
        ({"apart": [(4, 3)]}, (GOOD[0], ((0, 3, 5), (1, 2, 4))), "apart"),
        ({"competitors": [(1, 0)]}, GOOD, "competitors"),
        ({"organizations": [0, 0, 0, 1, 2, 3], "most_of_one": 2}, GOOD, "most_of_one"),
        ({"speaks": ["a", "ab", "ac", "b", "bc", "b"]}, (GOOD[0], GOOD[0]), ""),
        ({"speaks": ["ab", "bc", "ac", "b", "bc", "b"]}, (GOOD[0], GOOD[0]), "language"),
        ({"held": (((0, 1, 3), (2, 4, 5)),)}, GOOD, "held"),
        ({"together": ((0, 0, 3),)}, GOOD, "together"),
        ({"before": (((0, 1, 3),),), "frozen": True}, GOOD, "frozen"),
    ],
)
def test_each_rule_bites_alone(rounds, more, answer, code):
    assert sorted(set(codes(rounds.instance(6, 3, 2, **more), answer))) == ([code] if code else [])


def test_rounds_that_took_place_are_not_judged_by_the_rules_of_today(rounds):
    instance = rounds.instance(6, 3, 2, apart=[(0, 1)], absent=[(2, 0)], held=GOOD[:1])
    assert codes(instance, GOOD) == []


def test_a_violation_names_whom_it_concerns(rounds):
    (found,) = check(rounds.instance(6, 3, 2, apart=[(4, 3)]), (GOOD[0], ((0, 3, 5), (1, 2, 4))))
    assert found.ids == ("p3", "p4")
    assert "round 1" in found.message
