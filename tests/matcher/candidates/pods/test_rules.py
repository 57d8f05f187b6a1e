"""Each rule of a seat stands against somebody, alone, and lets others in."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.rules import RULES, reasons
from matcher.domain.history import EndedPod, RunningPair, RunningPod
from matcher.domain.member import BusyInterval, Capacities, Leave, Member, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.policy import Policy
from matcher.domain.problem import Circle, Problem
from matcher.domain.program import Cycle, PinnedSeat, Program, ProgramPods
from matcher.domain.skill import Offer, Seek, Skill

WORKDAYS = tuple(WeeklySpan(day=day, start=time(9), end=time(17)) for day in range(1, 6))
CYCLE = Cycle(id="c", start=date(2026, 9, 28), end=date(2026, 12, 20))


def codes(
    pod: str = "p",
    member: dict | None = None,
    problem: dict | None = None,
    pods: dict | None = None,
    **fields,
) -> list[str]:
    """The rules against "ada" in a pod."""
    ada = Member(
        **{
            "id": "ada",
            "name": "Ada",
            "organization": "a",
            "time_zone": "Europe/Berlin",
            "availability": WORKDAYS,
            **(member or {}),
        }
    )
    other = Member(id="bo", name="Bo", organization="b", time_zone="Europe/Berlin", availability=WORKDAYS)
    network = Network(
        **{
            "id": "n",
            "name": "N",
            "skills": (Skill(id="s", name="S"), Skill(id="t", name="T")),
            "organizations": (
                Organization(id="a", name="A"),
                Organization(id="b", name="B"),
                Organization(id="rival", name="R", competitors=("a",)),
            ),
            "policies": (Policy(id="d", pods=PodPolicy(pod_hours=2)),),
            "programs": (
                Program(id="p", name="P", cycle=CYCLE, policy="d", pods=ProgramPods(**(pods or {}))),
            ),
            "problems": (Problem(**{"id": "p", "title": "P", "sponsor": "b", **(problem or {})}),),
            "circles": (Circle(id="c", title="C", skill="s", groups=1),),
            "members": (ada, other),
            **fields,
        }
    )
    people = (*network.members, *network.ended, *network.running)
    context = PodContext.of(network, people, network.programs[0], network.policies[0], network.running_pods)
    return [reason.code for reason in reasons(context, ada, context.target[pod])]


def test_nothing_stands_against_an_ordinary_seat():
    assert codes() == []


EVERY_OTHER_WEEK = tuple(
    Leave(start=CYCLE.start + timedelta(days=14 * week + 5), end=CYCLE.start + timedelta(days=14 * week + 13))
    for week in range(6)
)
ENDED = EndedPod(pod="p", members=("ada",), cycles_ago=2)
BITES = [
    ("left", {"member": {"status": "left"}}),
    ("on_leave", {"member": {"leave": EVERY_OTHER_WEEK}}),
    ("capacity", {"member": {"capacities": Capacities(pods=0)}}),
    ("hours_left", {"member": {"hours_per_month": 3}, "running": (RunningPair(learner="ada", guide="bo"),)}),
    ("competitors", {"problem": {"sponsor": "rival"}}),
    ("sponsor", {"problem": {"sponsor": "a", "sponsor_presence": "absent"}}),
    ("forbidden", {"pods": {"pins": (PinnedSeat(member="ada", pod="p", must="no_seat"),)}}),
    ("language", {"member": {"languages": ("de",)}}),
    ("skill", {"pod": "c"}),
    ("slot", {"member": {"availability": ()}}),
    ("repeat", {"ended_pods": (ENDED,)}),
]


def test_the_cases_name_every_rule():
    assert [code for code, _ in BITES] == [rule.code for rule in RULES]


@pytest.mark.parametrize(("code", "change"), BITES)
def test_a_rule_stands_alone_against_a_seat(code, change):
    assert codes(**change) == [code]


PASSES = [
    {"member": {"leave": (Leave(start=date(2026, 9, 28), end=date(2026, 10, 20)),)}},
    {"member": {"hours_per_month": 4}, "running": (RunningPair(learner="ada", guide="bo"),)},
    {"member": {"hours_per_month": 2}, "running": (RunningPair(learner="ada", guide="bo", rematch=True),)},
    {"problem": {"sponsor": "a", "sponsor_presence": "present"}},
    {"problem": {"sponsor": "b", "sponsor_presence": "absent"}},
    {"pods": {"pins": (PinnedSeat(member="ada", pod="c", must="no_seat"),)}},
    {"member": {"languages": ("de",)}, "problem": {"languages": ("de", "fr")}},
    {"member": {"languages": ("de",)}, "problem": {"languages": ()}},
    {"pod": "c", "member": {"seeks": (Seek(skill="s"),)}},
    {"pod": "c", "member": {"offers": (Offer(skill="S", level=3),)}},
    {"ended_pods": (EndedPod(pod="p", members=("ada",), cycles_ago=3),)},
    {"ended_pods": (EndedPod(pod="p", members=("bo",)),)},
    {
        "pod": "c",
        "member": {"seeks": (Seek(skill="s"),)},
        "ended_pods": (EndedPod(pod="c", members=("ada",)),),
    },
]


@pytest.mark.parametrize("change", PASSES)
def test_nearly_the_same_seat_is_open(change):
    assert codes(**change) == []


def test_who_declined_or_asked_to_leave_does_not_come_back():
    declined = EndedPod(pod="c", members=("ada",), cycles_ago=9, declined=("ada",))
    assert codes("c", member={"seeks": (Seek(skill="s"),)}, ended_pods=(declined,)) == ["repeat"]
    left = RunningPod(pod="p", members=("ada", "bo"), rematch=("ada",))
    assert codes(running_pods=(left,)) == ["repeat"]


def test_a_running_seat_is_spared_by_capacity_hours_and_repeats():
    running = (RunningPod(pod="p", members=("ada",)),)
    assert codes(member={"capacities": Capacities(pods=0)}, running_pods=running) == []
    assert codes(member={"hours_per_month": 0}, running_pods=running) == []
    assert codes(ended_pods=(ENDED,), running_pods=running) == []
    assert codes(member={"languages": ("de",)}, running_pods=running) == ["language"]


def test_busy_time_counts_session_by_session():
    def away(weeks: int) -> tuple[BusyInterval, ...]:
        mondays = (date(2026, 9, 28).toordinal() + 14 * week for week in range(weeks))
        return tuple(
            BusyInterval(start=f"{date.fromordinal(day)}T00:00Z", end=f"{date.fromordinal(day + 6)}T00:00Z")
            for day in mondays
        )

    assert codes(member={"busy": away(3)}) == []
    assert codes(member={"busy": away(4)}) == ["slot"]
