"""What is running stays, in the way the policy says; what cannot go on ends with its reason."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from matcher.domain.errors import InputError
from matcher.domain.history import EndedPair, Ending, RunningPair
from matcher.domain.member import Leave
from matcher.domain.policy import Kind
from matcher.domain.skill import Offer

KINDS = (Kind.MENTORING, Kind.SHADOWING)


def tempting(small: SimpleNamespace, running: tuple[RunningPair, ...] = (), **policy):  # type: ignore[no-untyped-def]
    """Ann would gain points with the expert Eva; she meets Gus now."""
    return small.network(
        small.learner("ann", "a"),
        small.guide("gus", "b", offers=(Offer(skill="python", level=3),)),
        small.guide("eva", "c", offers=(Offer(skill="python", level=5),)),
        running=running,
        **policy,
    )


GOING = (RunningPair(learner="ann", guide="gus"),)


def test_without_running_pairs_points_decide(small: SimpleNamespace) -> None:
    assert small.pairs_of(small.plan(tempting(small))) == {("ann", "eva")}


@pytest.mark.parametrize(
    "policy",
    [
        {"changes": "frozen"},
        {"changes": "tier"},
        {"changes": "bonus", "changes_bonus": 300},
        {"changes": "tier", "most_broken": 0},
    ],
)
def test_running_pairs_go_on(small: SimpleNamespace, policy: dict[str, object]) -> None:
    result = small.plan(tempting(small, GOING, **policy))
    assert small.pairs_of(result) == {("ann", "gus")}
    assert result.pairs[0].kept
    assert result.pairs[0].pinned == (policy["changes"] == "frozen")
    assert [(one.learner, one.guide) for one in result.changes.kept] == [("ann", "gus")]
    assert not result.changes.dropped


def test_a_small_bonus_lets_a_better_pair_take_over(small: SimpleNamespace) -> None:
    result = small.plan(tempting(small, GOING, changes="bonus", changes_bonus=0))
    assert small.pairs_of(result) == {("ann", "eva")}
    (dropped,) = result.changes.dropped
    assert (dropped.reason, dropped.avoidable) == ("better_whole", True)
    assert "ann now meets eva" in dropped.sentence
    (added,) = result.changes.added
    assert added.reason == "replacement"


def shared(small: SimpleNamespace, **policy):  # type: ignore[no-untyped-def]
    """Bob can only meet Gus, whose one place Ann has; Ann could meet Eva."""
    return small.network(
        small.learner("ann", "a", languages=("en", "fr")),
        small.learner("bob", "a", languages=("fr",)),
        small.guide("gus", "b", languages=("fr",)),
        small.guide("eva", "c"),
        running=GOING,
        **policy,
    )


def test_a_tier_of_changes_comes_after_coverage(small: SimpleNamespace) -> None:
    result = small.plan(shared(small, changes="tier"))
    assert small.pairs_of(result) == {("ann", "eva"), ("bob", "gus")}
    assert [tier.name for tier in result.tiers] == ["places_1", "kept", "points"]


def test_frozen_pairs_come_before_coverage(small: SimpleNamespace) -> None:
    result = small.plan(shared(small, changes="frozen"))
    assert small.pairs_of(result) == {("ann", "gus")}
    assert result.unmatched[0].reason == "guides_full"


def test_a_cap_on_broken_pairs_holds(small: SimpleNamespace) -> None:
    result = small.plan(shared(small, changes="tier", most_broken=0))
    assert small.pairs_of(result) == {("ann", "gus")}


def test_a_rematch_ends_the_pair_and_keeps_the_two_apart(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.guide("gus", "b"),
        running=(RunningPair(learner="ann", guide="gus", rematch=True),),
        repeat_after_cycles=0,
    )
    result = small.plan(net)
    assert not result.pairs
    (ended,) = result.changes.ended
    assert (ended.reason, ended.avoidable) == ("rematch", False)
    assert result.previous == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "left"}, "left"),
        ({"leave": (Leave(start=date(2026, 9, 1), end=date(2026, 12, 31)),)}, "on_leave"),
        ({"languages": ("fi",)}, "language"),
        ({"seniority": 2}, "seniority"),
        ({"avoids": ("ann",)}, "avoid"),
        ({"roles": frozenset({"learner"})}, "role"),
    ],
)
@pytest.mark.parametrize("changes", ["frozen", "tier"])
def test_a_pair_that_cannot_go_on_ends_with_the_rule(
    small: SimpleNamespace, change: dict[str, object], reason: str, changes: str
) -> None:
    net = small.network(
        small.learner("ann", "a"), small.guide("gus", "b", **change), running=GOING, changes=changes
    )
    result = small.plan(net)
    assert not result.pairs
    assert [(one.reason, one.avoidable) for one in result.changes.ended] == [(reason, False)]


def test_running_pairs_are_spared_by_capacity_and_by_repeats(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "a"),
        small.guide("gus", "b", places=0),
        running=GOING,
        ended=(EndedPair(learner="ann", guide="gus", ending=Ending.COMPLETED),),
    )
    result = small.plan(net)
    assert small.pairs_of(result) == {("ann", "gus")}
    assert result.unmatched[0].rules["capacity"] == 1


def test_running_pairs_of_another_kind_take_hours(small: SimpleNamespace) -> None:
    def net(hours: int):  # type: ignore[no-untyped-def]
        return small.network(
            small.learner("ann", "a", hours_per_month=hours),
            small.guide("gus", "b", places=2),
            small.guide("eva", "c"),
            running=(RunningPair(learner="ann", guide="gus", kind=Kind.SHADOWING),),
            kinds=KINDS,
        )

    assert len(small.plan(net(4)).pairs) == 1
    result = small.plan(net(3))
    assert not result.pairs
    assert not result.changes.ended


def test_the_pairs_of_a_previous_plan_count_as_running(small: SimpleNamespace) -> None:
    before = small.plan(tempting(small))
    worse = small.plan(tempting(small, pins=(("ann", "eva", "not_pair"),)))
    assert small.pairs_of(worse) == {("ann", "gus")}
    after = small.plan(tempting(small), previous=worse)
    assert small.pairs_of(after) == {("ann", "gus")}
    assert after.previous == (("ann", "gus"),)
    again = small.plan(tempting(small), previous=before)
    assert again.pairs[0].model_dump(exclude={"kept"}) == before.pairs[0].model_dump(exclude={"kept"})
    assert again.changes.added == again.changes.dropped == again.changes.ended == ()


def test_a_previous_pair_of_somebody_who_is_gone_ends(small: SimpleNamespace) -> None:
    before = small.plan(tempting(small))
    without = small.network(small.learner("ann", "a"), small.guide("gus", "b"))
    result = small.plan(without, previous=before)
    assert small.pairs_of(result) == {("ann", "gus")}
    assert [(one.guide, one.reason) for one in result.changes.ended] == [("eva", "role")]


def test_a_previous_plan_of_another_kind_is_refused(small: SimpleNamespace) -> None:
    people = small.learner("ann", "a"), small.guide("gus", "b")
    net = small.network(*people, kinds=KINDS)
    shadowing = small.plan(net, kind=Kind.SHADOWING)
    with pytest.raises(InputError, match="shadowing pairs"):
        small.plan(net, kind=Kind.MENTORING, previous=shadowing)


def test_frozen_pairs_beyond_a_limit_may_stay_but_not_go_further(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "a"),
        small.learner("cas", "a"),
        small.guide("gus", "b", places=3),
        running=(RunningPair(learner="ann", guide="gus"), RunningPair(learner="bob", guide="gus")),
        changes="frozen",
        give_and_take={"slack": 1},
        quotas=({"scope": "organization", "id": "b", "side": "given", "most": 1},),
    )
    result = small.plan(net)
    assert small.pairs_of(result) == {("ann", "gus"), ("bob", "gus")}
    assert any("beyond its limit" in note for note in result.notes)
    assert any("pass the quota" in note for note in result.notes)


def test_a_pair_that_the_previous_plan_broke_no_longer_runs(small: SimpleNamespace) -> None:
    net = shared(small, changes="tier")
    first = small.plan(net)
    assert [(one.learner, one.guide) for one in first.changes.dropped] == [("ann", "gus")]
    second = small.plan(net, previous=first)
    assert small.pairs_of(second) == small.pairs_of(first)
    assert len(second.changes.kept) == 2
    assert second.changes.added == second.changes.dropped == second.changes.ended == ()
