"""The audit of rounds finds whatever is changed in a result."""

from __future__ import annotations

import pytest

from matcher.documents.read import NetworkSource
from matcher.planning.rounds.audit import audit_rounds, implied_before


@pytest.fixture(scope="module")
def case(small):
    """A network in which not all is possible, and its plan."""
    members = small.people(18, a00={"avoids": ("a01",)}, a17={"capacities": {"pods": 0}})
    net = small.network(members, competitors={"o0": ("o3",)})
    return NetworkSource.of(net), small.plan(net, 3)


def codes(source, plan, **more):
    return {objection.code for objection in audit_rounds(source, plan, **more).objections}


def with_groups(plan, number, groups):
    rounds = list(plan.rounds)
    rounds[number] = rounds[number].model_copy(update={"groups": groups})
    return plan.model_copy(update={"rounds": tuple(rounds)})


def swapped(plan, one, other):
    """The plan with two people changed over in its first round."""
    change = {one: other, other: one}
    groups = tuple(tuple(change.get(i, i) for i in group) for group in plan.rounds[0].groups)
    return with_groups(plan, 0, groups)


def test_a_plan_as_it_was_is_clean(case):
    source, plan = case
    report = audit_rounds(source, plan)
    assert report.clean
    assert ("people", "17 counted again") in report.checked


def test_people_kept_apart_are_seen_in_the_profiles(case):
    source, plan = case
    mate = next(i for group in plan.rounds[0].groups if "a00" in group for i in group if i != "a00")
    assert {"avoid", "apart"} <= codes(source, swapped(plan, mate, "a01"))
    rival = "a03" if mate != "a03" else "a07"
    assert "competitors" in codes(source, swapped(plan, mate, rival))


def test_a_group_without_a_language_in_common_is_seen_in_the_profiles(small):
    tongues = {f"a{i:02d}": {"languages": ("de",) if i < 8 else ("de", "fr")} for i in range(12)}
    members = small.people(16, **tongues, **{f"a{i}": {"languages": ("fr",)} for i in range(12, 16)})
    source = NetworkSource.of(small.network(members))
    plan = small.plan(source.network(), 3)
    assert codes(source, plan) == set()
    assert plan.left_out == ()
    french = next(group for group in plan.rounds[0].groups if "a12" in group)
    assert not any(f"a0{i}" in french for i in range(8))
    mate = next(i for i in french if i != "a12")
    assert "language" in codes(source, swapped(plan, mate, "a00"))


def test_who_shares_a_language_with_too_few_reads_so(small):
    plan = small.plan(small.network(small.people(13, a05={"languages": ("sw",)})), 2)
    assert {(one.member, one.reason) for one in plan.left_out} == {("a05", "language")}
    assert all("language" in one.sentence for one in plan.left_out)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda plan: with_groups(plan, 0, plan.rounds[0].groups[1:]), "tier"),
        (lambda plan: with_groups(plan, 0, (("a17", *plan.rounds[0].groups[0]),)), "not_taking_part"),
        (lambda plan: with_groups(plan, 0, (("nobody",),)), "stranger"),
        (lambda plan: with_groups(plan, 0, (plan.rounds[0].groups[0][:1],)), "size"),
        (lambda plan: with_groups(plan, 0, plan.rounds[0].groups * 2), "twice"),
        (lambda plan: plan.model_copy(update={"seed": 2}), "hash"),
        (lambda plan: plan.model_copy(update={"people": plan.people[1:]}), "people"),
        (lambda plan: plan.model_copy(update={"not_taking_part": ()}), "not_taking_part"),
        (lambda plan: plan.model_copy(update={"cycle": "x"}), "head"),
        (lambda plan: plan.model_copy(update={"earlier": (("a00", "a02", 1),)}), "history"),
        (lambda plan: plan.model_copy(update={"tiers": plan.tiers[:-1]}), "tier"),
        (lambda plan: plan.model_copy(update={"program": None}), "format"),
        (lambda plan: plan.model_copy(update={"policy": None}), "head"),
        (lambda plan: plan.model_copy(update={"changes_policy": "frozen"}), "head"),
        (lambda plan: plan.model_copy(update={"previous": plan.rounds}), "previous"),
    ],
)
def test_whatever_is_changed_is_found(case, change, code):
    source, plan = case
    assert code in codes(source, change(plan))


def test_a_plan_that_continues_another_is_audited_with_it(small):
    net = small.network(small.people(16))
    source = NetworkSource.of(net)
    before = small.plan(net, 2)
    after = small.plan(net, 3, previous=before, held=1)
    assert codes(source, after, previous=before) == set()
    assert codes(source, after) == {"previous"}
    assert codes(source, before, previous=after) == {"previous"}
    changed = with_groups(after, 0, before.rounds[1].groups)
    assert "held" in codes(source, changed, previous=before)


def test_a_plan_tells_enough_of_the_one_before_to_be_audited_alone(small):
    before = small.plan(small.network(small.people(16)), 3)
    source = NetworkSource.of(small.network(small.people(18)))
    after = small.plan(source.network(), 3, previous=before, held=1)
    assert codes(source, after, previous=implied_before(after)) == set()
    assert implied_before(before) is None
    one = after.changes.changed[0].model_copy(update={"joined": ()})
    changes = after.changes.model_copy(update={"changed": (one, *after.changes.changed[1:])})
    lied = after.model_copy(update={"changes": changes})
    assert codes(source, lied, previous=before) == {"changes.changed"}
