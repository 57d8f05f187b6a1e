"""From a network to an audited plan of pods, and back through the audit."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.errors import InputError, PolicyError
from matcher.domain.history import EndedPod, EndedRound, RunningPod, RunningRound
from matcher.domain.member import Leave
from matcher.domain.plan import Outcome
from matcher.domain.pods_plan import PodsPlan
from matcher.domain.program import PinnedSeat
from matcher.planning.files import read_pods, write_plan
from matcher.planning.pods.audit import audit_pods
from matcher.planning.pods.sessions import schedule_pods
from matcher.planning.sessions.scheduling import Occasion

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def of(plan, pod):
    return next(one for one in plan.pods if one.pod == pod)


def test_everybody_finds_a_pod_and_the_audit_agrees(small, plan):
    network = small()
    found = plan(network)
    assert {pod.pod for pod in found.pods} == {"p1", "p2"}
    assert sorted(member for pod in found.pods for member in pod.members) == [f"m{k}" for k in range(1, 9)]
    assert found.status in (Outcome.OPTIMAL, Outcome.FEASIBLE)
    assert found.tiers[0].name == "placed"
    assert (found.tiers[0].value, found.tiers[0].proven) == (8, True)
    for pod in found.pods:
        assert pod.points == sum(pod.parts.values())
        assert pod.organizations >= 2
        assert pod.language == "en"
        assert pod.meeting.time_zone == "Europe/Berlin"
        assert set(pod.meeting.always) == set(pod.members)
        assert {seat.member: bool(seat.why) for seat in pod.seats} == dict.fromkeys(pod.members, True)
    report = audit_pods(NetworkSource.of(network), found)
    assert report.clean, report.objections


def test_the_same_seed_gives_the_same_plan(small, plan):
    one, two = plan(small(), seconds=0), plan(small(), seconds=0)
    assert one.pods == two.pods
    assert one.effort.input_hash == two.effort.input_hash


def test_wishes_decide_and_are_told(small, plan, make_member):
    members = [make_member(k, wishes=("p1",) if k in (1, 2, 3, 4) else ("p2", "p1")) for k in range(1, 9)]
    found = plan(small(members=tuple(members)))
    assert set(of(found, "p1").members) == {"m1", "m2", "m3", "m4"}
    seat = of(found, "p2").seats[0]
    assert (seat.parts["wishes"], seat.satisfaction) == (400, 1000)
    assert "It is their first wish." in seat.why


def test_a_circle_joins_who_offers_with_who_seeks(small, plan, make_circle):
    circle = make_circle(offering=1, seeking=2, least_people=3, most_people=4)
    found = plan(small(problems=(), circles=(circle,)))
    assert [pod.pod for pod in found.pods] == ["python/1", "python/2"]
    for pod in found.pods:
        offering, seeking = pod.needs
        assert len(offering.members) >= 1
        assert len(seeking.members) >= 2


def test_a_plan_is_read_back_as_it_was_written(small, plan, tmp_path: Path):
    found = plan(small())
    write_plan(tmp_path / "pods.json", found)
    again, source = read_pods(tmp_path / "pods.json")
    assert again == found
    assert source.path == str(tmp_path / "pods.json")
    assert json.loads((tmp_path / "pods.json").read_text())["format"] == "peerloom-pods/1"


def test_who_stays_without_a_pod_reads_why(small, plan, make_member):
    members = (
        *(make_member(k) for k in range(1, 9)),
        make_member(9),
        make_member(10, languages=("is",)),
        make_member(11, availability=()),
        make_member(12, capacities={"pods": 0}),
        make_member(13, status="left"),
        make_member(14, hours_per_month=1),
    )
    found = plan(small(members=members))
    without = {one.member: one for one in found.unplaced}
    assert set(without) >= {"m10", "m11"}
    assert len(without) == 3
    assert {one.reason for name, one in without.items() if name not in ("m10", "m11")} == {"pods_full"}
    assert without["m10"].reason == without["m11"].reason == "no_eligible_pod"
    assert without["m10"].rules == {"language": 2}
    assert without["m11"].rules == {"slot": 2}
    assert "language" in without["m10"].repairs[0]
    assert {one.member: one.rule for one in found.left_out} == {
        "m12": "capacity",
        "m13": "left",
        "m14": "hours_left",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"problems": ()},
        {"members": ()},
        {"members": (), "problems": (), "skills": ()},
        {"members": ({"id": "x", "name": "X", "organization": "a", "time_zone": "UTC", "status": "left"},)},
    ],
)
def test_where_there_is_nothing_to_form_nothing_is_formed(small, plan, fields):
    network = small(**fields)
    found = plan(network)
    assert (found.status, found.pods) == (Outcome.OPTIMAL, ())
    assert {one.sentence for one in found.unplaced} <= {
        "The program has no problems or circles: add some to the network."
    }
    assert audit_pods(NetworkSource.of(network), found).clean


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"languages": ("is",)}, "too_few_people"),
        ({"least_organizations": 4}, "organizations"),
        ({"needs": ({"skill": "law", "level": 5, "least": 1},)}, "need_unmet"),
        ({"session_minutes": 480, "weeks_between_sessions": 1}, ""),
    ],
)
def test_a_pod_that_does_not_run_says_why(small, plan, make_problem, change, reason):
    found = plan(small(problems=(make_problem("p1"), make_problem("p2", **change))))
    assert [one.reason for one in found.not_run] == ([reason] if reason else [])


def test_people_without_common_hours_meet_in_no_pod(small, plan, make_member):
    spans = [{"day": day, "start": "09:00", "end": "17:00"} for day in (1, 3, 5)]
    members = tuple(make_member(k, availability=(spans[k % 3],)) for k in range(1, 9))
    found = plan(small(members=members))
    assert not found.pods
    assert {one.reason for one in found.not_run} <= {"no_common_time", "other_limits"}
    assert found.tiers[0].value == 0


def test_running_seats_stay_and_what_ended_is_told(small, plan, make_member):
    members = [make_member(k) for k in range(1, 9)]
    members[0] = make_member(1, status="left")
    running = (
        RunningPod(pod="p1", members=("m1", "m2", "m3", "m4"), rematch=("m4",)),
        RunningPod(pod="gone", members=("m5",)),
    )
    found = plan(small(members=tuple(members), running_pods=running))
    assert sorted(found.previous) == [("m2", "p1"), ("m3", "p1")]
    assert {(one.member, one.reason) for one in found.changes.ended} == {
        ("m1", "left"),
        ("m4", "rematch"),
        ("m5", "pod_gone"),
    }
    assert {one.member for one in found.changes.kept} == {"m2", "m3"}
    assert "m4" not in of(found, "p1").members
    assert of(found, "p1").running
    assert {one.member: one.reason for one in found.changes.added if one.member in ("m4", "m5")} == {
        "m4": "replacement_seat",
        "m5": "replacement_seat",
    }


def test_a_plan_before_counts_as_running_and_keeps_its_time(small, plan):
    network = small()
    first = plan(network)
    second = plan(network, before=first)
    assert second.changes.moved == second.changes.dropped == second.changes.ended == ()
    assert [(pod.pod, pod.members) for pod in second.pods] == [(pod.pod, pod.members) for pod in first.pods]
    times = [
        {pod.pod: (pod.meeting.weekday, pod.meeting.start) for pod in one.pods} for one in (first, second)
    ]
    assert times[0] == times[1]
    report = audit_pods(NetworkSource.of(network), second, before=first)
    assert report.clean, report.objections
    with pytest.raises(InputError, match="--previous"):
        audit_pods(NetworkSource.of(network), second)
    with pytest.raises(InputError, match="without"):
        audit_pods(NetworkSource.of(network), first, before=first)


def test_frozen_seats_are_pinned_and_one_place_is_filled(small, plan, make_member):
    running = (RunningPod(pod="p1", members=("m1", "m2", "m3")),)
    found = plan(small(running_pods=running, policy={"changes": "frozen"}))
    pod = of(found, "p1")
    assert set(pod.members) > {"m1", "m2", "m3"}
    assert {seat.member for seat in pod.seats if seat.pinned} == {"m1", "m2", "m3"}


def test_a_frozen_pod_that_lost_people_is_filled_again_or_given_up(small, plan, make_member):
    members = [make_member(k) for k in range(1, 9)]
    members[0] = make_member(1, status="left")
    running = (RunningPod(pod="p1", members=("m1", "m2", "m3")),)
    found = plan(small(members=tuple(members), running_pods=running, policy={"changes": "frozen"}))
    assert {one.member for one in found.changes.kept} == {"m2", "m3"}
    assert not any(seat.pinned for pod in found.pods for seat in pod.seats)
    assert any("not whole" in note for note in found.notes)
    few = small(members=tuple(members[:3]), running_pods=running, policy={"changes": "frozen"})
    alone = plan(few)
    assert alone.status in (Outcome.OPTIMAL, Outcome.FEASIBLE)
    assert {one.member for one in alone.changes.dropped} == {"m2", "m3"}


def test_a_past_pod_is_not_joined_again_until_cycles_have_passed(small, plan):
    ended = (EndedPod(pod="p1", members=("m1", "m2"), cycles_ago=2),)
    found = plan(small(ended_pods=ended, policy={"repeat_after_cycles": 2}))
    assert not {"m1", "m2"} & set(of(found, "p1").members)
    assert {one.member for one in found.unplaced} <= set()
    assert of(found, "p2").met_before == 1


def test_who_met_in_rounds_counts_as_met_before(small, plan):
    members = [f"m{k}" for k in range(1, 8)]
    rows = [{"groups": (tuple(members),), "program": "main", "cycle": "old", "number": 1}]
    network = small()
    ended = network.model_copy(update={"ended_rounds": tuple(EndedRound(**row) for row in rows)})
    week = {"week_of": network.programs[0].cycle.start}
    runs = network.model_copy(update={"running_rounds": tuple(RunningRound(**row, **week) for row in rows)})
    assert {pod.met_before for pod in plan(network).pods} == {0}
    for changed in (ended, runs):
        found = plan(changed)
        assert sum(pod.met_before for pod in found.pods) > 0


def test_a_pin_forces_a_seat_and_lists_what_it_sets_aside(small, plan, make_member):
    members = (*(make_member(k) for k in range(1, 8)), make_member(8, languages=("de",)))
    pins = (
        PinnedSeat(member="m8", pod="p2", must="seat"),
        PinnedSeat(member="m1", pod="p2", must="no_seat"),
    )
    network = small(members=members, pods={"pins": pins})
    found = plan(network)
    seat = next(seat for seat in of(found, "p2").seats if seat.member == "m8")
    assert (seat.pinned, seat.overrides) == (True, ("language",))
    assert "m1" in of(found, "p1").members
    assert audit_pods(NetworkSource.of(network), found).clean


def test_a_pin_cannot_bring_back_who_left_nor_join_competitors(small, plan, make_member, make_problem):
    members = (*(make_member(k) for k in range(1, 8)), make_member(8, status="left"))
    pins = (PinnedSeat(member="m8", pod="p1", must="seat"),)
    with pytest.raises(InputError, match="cannot take part"):
        plan(small(members=members, pods={"pins": pins}))
    rivals = [
        {"id": "a", "name": "A"},
        {"id": "b", "name": "B", "competitors": ["a"]},
        {"id": "c", "name": "C"},
    ]
    with pytest.raises(PolicyError, match="competitors"):
        plan(small(organizations=rivals, pods={"pins": (PinnedSeat(member="m1", pod="p1", must="seat"),)}))


def test_together_and_apart_are_kept(small, plan):
    found = plan(small(pods={"together": (("m1", "m2"),), "apart": (("m3", "m4"),)}))
    pod_of = {member: pod.pod for pod in found.pods for member in pod.members}
    assert pod_of["m1"] == pod_of["m2"]
    assert pod_of["m3"] != pod_of["m4"]


def test_newcomers_sit_beside_veterans(small, plan, make_member):
    new = {"joined": date(2026, 9, 1)}
    members = tuple(make_member(k, **(new if k <= 4 else {})) for k in range(1, 9))
    found = plan(small(members=members))
    for pod in found.pods:
        assert sum(member in ("m1", "m2", "m3", "m4") for member in pod.members) * 2 <= len(pod.members)


TAMPERED = [
    (lambda plan: plan["pods"][0]["seats"][0].update(points=999), "points"),
    (lambda plan: plan["pods"][0]["seats"][0].update(satisfaction=7), "satisfaction"),
    (lambda plan: plan["pods"][0]["parts"].update(needs=1), "points"),
    (lambda plan: plan["pods"][0]["meeting"].update(start="03:00"), "slot"),
    (lambda plan: plan["pods"][0]["seats"].pop(), "tiers"),
    (lambda plan: plan["pods"][0]["seats"][0].update(member="nobody"), "members"),
    (lambda plan: plan["pods"][0].update(pod="p9"), "pod"),
    (lambda plan: plan["pods"][0].update(met_before=3), "pods"),
    (lambda plan: plan["tiers"][0].update(value=9, bound=9), "tiers"),
    (lambda plan: plan["network"].update(sha256="0"), "hash"),
    (lambda plan: plan["unplaced"].append({"member": "m1", "reason": "x", "sentence": "y"}), "unplaced"),
    (lambda plan: plan["policy"].update(version=7), "head"),
]


@pytest.mark.parametrize(("tamper", "code"), TAMPERED)
def test_the_audit_sees_what_was_tampered_with(small, plan, tamper, code):
    network = small()
    document = plan(network).model_dump(mode="json")
    tamper(document)
    report = audit_pods(NetworkSource.of(network), PodsPlan.model_validate(document))
    assert code in {objection.code for objection in report.objections}


def with_prices(plan, number, bound):
    """A plan whose points are bounded by prices of nothing but the pods."""
    document = plan.model_dump(mode="json")
    document["status"] = "feasible"
    document["tiers"][-1].update(bound=bound, proven=False)
    document["bound"] = bound
    held = [(tier["name"], 0, tier["value"]) for tier in document["tiers"][:-1]]
    prices = {"tier": "points", "scale": 1, "held": held, "pod": {"p1": number, "p2": number}}
    document["prices"] = [prices]
    return PodsPlan.model_validate(document)


@pytest.mark.parametrize(
    ("number", "bound", "codes"),
    [
        (100_000, 200_000, set()),
        (100_000, 200_001, {"bound"}),
        (100_000, 150_000, set()),
        (1_000, 200_000, {"prices", "bound"}),
        (-1, 200_000, {"prices"}),
    ],
)
def test_bounds_from_prices_are_added_up_again(small, plan, number, bound, codes):
    network = small()
    report = audit_pods(NetworkSource.of(network), with_prices(plan(network, seconds=0), number, bound))
    found = {one.code for one in report.objections}
    assert found == codes, report.objections
    tried = [what for name, what in report.checked if name == "prices of points"]
    whole = "2 of 2 pods: no group is worth more, by trying them"
    assert tried == {-1: [], 1_000: [whole.replace("2 of 2", "0 of 2")]}.get(number, [whole])
    assert any("rests on a search" in one for one in report.unchecked) == (bound == 150_000)


def test_the_audit_tries_the_groups_of_pods_against_the_prices(small, plan, make_problem):
    problems = tuple(make_problem(f"p{k}", needs=(), least_people=2, most_people=3) for k in range(4))
    found = plan(small(problems=problems, policy={"meetings": False}), seconds=4)
    net = NetworkSource.of(small(problems=problems, policy={"meetings": False}))
    assert found.prices, "or there is nothing to try"
    report = audit_pods(net, found)
    tried = [what for name, what in report.checked if name.startswith("prices of")]
    assert tried
    assert all(what.startswith("4 of 4 pods") for what in tried)
    assert report.objections == []
    sampled = audit_pods(net, found, sample=1, seed=3)
    assert sampled.objections == []
    assert any("3 pods outside the sample" in one for one in sampled.unchecked)
    row = found.prices[-1]
    wrong = found.model_copy(update={"prices": (*found.prices[:-1], row.model_copy(update={"member": {}}))})
    assert any("a group is worth more" in str(one) for one in audit_pods(net, wrong).objections)


def test_a_pod_meets_for_as_long_as_its_problem_takes(small, plan, make_problem):
    """Sessions, and who can come to half of them, count until the horizon only."""
    net = small(problems=(make_problem("p1", horizon_weeks=5), make_problem("p2", horizon_weeks=40)))
    found = plan(net)
    weeks = {pod.pod: pod.meeting.weeks for pod in found.pods}
    assert weeks == {"p1": 5, "p2": 12}
    schedule, _ = schedule_pods(NetworkSource.of(net), found, Occasion(seed=1, changed_at=NOW))
    counts = {name: [one.index for one in schedule.sessions if one.key == (name,)] for name in weeks}
    assert counts == {"p1": [0, 2, 4], "p2": [0, 2, 4, 6, 8, 10]}
    assert audit_pods(NetworkSource.of(net), found).objections == []


def test_leave_after_the_horizon_keeps_nobody_out(small, plan, make_member, make_problem):
    away = Leave(start=date(2026, 11, 16), end=date(2026, 12, 20))
    people = [make_member(number, leave=(away,)) for number in range(1, 9)]
    long = plan(small(members=people))
    assert long.pods == ()
    short = plan(small(members=people, problems=(make_problem("p1", horizon_weeks=4),)))
    assert [pod.pod for pod in short.pods] == ["p1"]
