"""Forced and forbidden pairs: what they override, what they may not, and when they contradict each other."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from matcher.domain.errors import InputError, PolicyError
from matcher.domain.history import RunningPair
from matcher.domain.organization import Organization
from matcher.domain.plan import Outcome

FORCED = (("ann", "gus", "pair"),)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, ()),
        ({"languages": ("fi",)}, ("language",)),
        ({"seniority": 1, "offers": ()}, ("role", "seniority", "skill")),
        ({"availability": ()}, ("hours",)),
    ],
)
def test_a_forced_pair_lists_what_it_overrides(
    small: SimpleNamespace, change: dict[str, object], codes: tuple[str, ...]
) -> None:
    net = small.network(
        small.learner("ann", "a"), small.guide("gus", "b", **change), small.guide("eva", "c"), pins=FORCED
    )
    result = small.plan(net)
    assert small.pairs_of(result) == {("ann", "gus")}
    (pair,) = result.pairs
    assert (pair.pinned, pair.overrides) == (True, codes)
    assert pair.points == sum(pair.parts.values())


def test_a_forced_pair_may_go_beyond_no_places_at_all(small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a"), small.guide("gus", "b", places=0), pins=FORCED)
    (pair,) = small.plan(net).pairs
    assert pair.overrides == ("capacity",)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"organization": "a"}, "own_organization"), ({"avoids": ("ann",)}, "avoid")],
)
def test_some_rules_are_never_overridden(
    small: SimpleNamespace, change: dict[str, object], code: str
) -> None:
    gus = small.guide("gus", "b").model_copy(update=change)
    net = small.network(small.learner("ann", "a"), gus, pins=FORCED)
    with pytest.raises(PolicyError, match=code):
        small.plan(net)


def test_competitors_are_never_forced_together(small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a"), small.guide("gus", "b"), pins=FORCED)
    rivals = (Organization(id="a", name="A", competitors=("b",)), Organization(id="b", name="B"))
    with pytest.raises(PolicyError, match="competitors"):
        small.plan(net.model_copy(update={"organizations": rivals}))


def test_who_left_cannot_be_forced(small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a"), small.guide("gus", "b", status="left"), pins=FORCED)
    with pytest.raises(InputError) as caught:
        small.plan(net)
    assert "pins[0].guide" in str(caught.value.faults[0])
    assert "left" in str(caught.value.faults[0])


def test_a_forbidden_pair_is_not_made(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"), small.guide("gus", "b"), pins=(("ann", "gus", "not_pair"),)
    )
    result = small.plan(net)
    assert not result.pairs
    assert result.unmatched[0].rules == {"forbidden": 1}
    assert result.unmatched[0].secret


def test_more_pins_than_places_is_infeasible_and_names_a_smallest_set(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "a"),
        small.learner("cas", "a"),
        small.guide("gus", "b", places=1),
        small.guide("eva", "c"),
        pins=(("ann", "eva", "pair"), ("bob", "gus", "pair"), ("cas", "gus", "pair")),
    )
    result = small.plan(net)
    assert result.status is Outcome.INFEASIBLE
    assert (result.value, result.bound, result.pairs) == (None, None, ())
    assert result.conflict[1:] == ("forced bob - gus", "forced cas - gus")
    assert "gus takes 1 learners as guide" in result.conflict[0]


def test_a_pin_against_a_frozen_pair_is_named(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "a"),
        small.guide("gus", "b"),
        running=(RunningPair(learner="bob", guide="gus"),),
        pins=FORCED,
        changes="frozen",
    )
    result = small.plan(net)
    assert result.status is Outcome.INFEASIBLE
    assert set(result.conflict[1:]) == {"running bob - gus", "forced ann - gus"}


def test_a_pin_wins_over_a_running_pair_that_is_not_frozen(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "a"),
        small.guide("gus", "b"),
        running=(RunningPair(learner="bob", guide="gus"),),
        pins=FORCED,
    )
    result = small.plan(net)
    assert small.pairs_of(result) == {("ann", "gus")}
    assert [one.learner for one in result.changes.dropped] == ["bob"]
    assert [one.reason for one in result.changes.added] == ["pinned"]


def test_a_pin_that_passes_a_limit_says_so(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.guide("gus", "b"),
        pins=FORCED,
        give_and_take={"slack": 0},
        quotas=({"scope": "organization", "id": "a", "side": "received", "most": 0},),
    )
    result = small.plan(net)
    assert small.pairs_of(result) == {("ann", "gus")}
    assert result.pairs[0].overrides == ("give_and_take", "quota")
