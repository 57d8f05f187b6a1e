"""Random small networks with problems, circles, wishes, pins and history, in weeks in which clocks change."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from matcher.domain.history import EndedPod, Ending, RunningPod
from matcher.domain.member import Member
from matcher.domain.network import Network
from matcher.domain.pod_policy import PodPolicy, PodWorth, SeatMaxima
from matcher.domain.policy import Kind
from matcher.domain.problem import Circle, Need, Problem
from matcher.domain.program import PinnedSeat, ProgramPods

GOALS = ("Grow", "Lead", "change jobs")
TONGUES = ("en", "en-GB", "de", "fr", "sw")


def _group(draw: random.Random) -> dict[str, Any]:
    return {
        "least_organizations": draw.choice((1, 1, 2)),
        "most_share": draw.choice((None, 50, 100)),
        "languages": tuple(draw.sample(TONGUES, draw.choice((0, 1, 2)))),
        "priority": draw.choice((0, 0, 5)),
        "session_minutes": draw.choice((None, 30, 45, 90)),
        "weeks_between_sessions": draw.choice((None, 1, 2)),
        "goals": tuple(draw.sample(GOALS, draw.choice((0, 1, 2)))),
    }


def _problem(draw: random.Random, k: int, skills: list[str], sponsors: list[str]) -> Problem:
    needs = []
    for skill in draw.sample(skills, draw.randint(0, min(3, len(skills)))):
        people = draw.randint(1, 3)
        needs.append(
            Need(
                skill=skill,
                level=draw.randint(1, 5),
                people=people,
                least=draw.choice((0, 0, 0, 1)),
            )
        )
    least = draw.randint(2, 4)
    return Problem(
        id=f"p{k}",
        title=f"Problem {k}",
        sponsor=draw.choice(sponsors),
        sponsor_presence=draw.choice(("any", "any", "present", "absent")),
        needs=tuple(needs),
        least_people=least,
        most_people=least + draw.randint(0, 3),
        **_group(draw),
    )


def _circle(draw: random.Random, k: int, skills: list[str]) -> Circle:
    return Circle(
        id=f"c{k}",
        title=f"Circle {k}",
        skill=draw.choice(skills),
        level=draw.randint(1, 4),
        offering=draw.choice((0, 1)),
        seeking=draw.choice((0, 1, 2)),
        least_people=2,
        most_people=draw.randint(2, 5),
        groups=draw.choice((None, 1, 2)),
        **_group(draw),
    )


def _policy(draw: random.Random) -> PodPolicy:
    cuts = sorted(draw.sample(range(1001), 3))
    sizes = [b - a for a, b in zip((0, *cuts), (*cuts, 1000), strict=True)]
    return PodPolicy(
        pod_hours=draw.choice((0, 2, 4)),
        most_leave_percent=draw.choice((0, 30, 60, 100)),
        repeat_after_cycles=draw.randint(0, 3),
        related_percent=draw.choice((1, 50, 100)),
        most_newcomers=draw.choice((50, 100)),
        veteran_each=draw.random() < 0.5,
        quorum=draw.choice((0, 50, 75, 100)),
        meetings=draw.random() < 0.85,
        slot_minutes=draw.choice((30, 60)),
        maxima=SeatMaxima(**dict(zip(SeatMaxima.model_fields, sizes, strict=True))),
        worth=PodWorth(
            diversity_attributes=draw.choice(((), ("field",))),
            met_decay_percent=draw.choice((0, 50, 100)),
        ),
        order=draw.choice(("welfare", "floor")),
        changes=draw.choice(("tier", "bonus", "tier")),
    )


def random_pods_network(seed: int, network: Network) -> Network:
    draw = random.Random(seed)
    people = [member.id for member in network.members]
    skills = [skill.id for skill in network.skills]
    organizations = [one.id for one in network.organizations]
    problems = tuple(
        _problem(draw, k, skills, [*organizations, people[0]]) for k in range(draw.randint(1, 4))
    )
    circles = tuple(_circle(draw, k, skills) for k in range(draw.randint(0, 2)))
    names = [one.id for one in problems] + [one.id for one in circles]
    seats = [(one, pod) for one in people for pod in names]
    cycle = network.programs[0].cycle

    def members(member: Member) -> Member:
        joined = cycle.start - timedelta(days=draw.choice((10, 130, 400, 1000)))
        return member.model_copy(
            update={
                "wishes": tuple(draw.sample(names, draw.randint(0, min(3, len(names))))),
                "joined": draw.choice((None, joined)),
                "sessions_attended": draw.choice((0, 2, 5, 9)),
                "waited_pods": draw.choice((0, 0, 2)),
                "attributes": draw.choice(({}, {"field": "art"}, {"field": "law"})),
                "capacities": member.capacities.model_copy(update={"pods": draw.choice((0, 1, 1, 2))}),
            }
        )

    def some(most: int) -> tuple[str, ...]:
        return tuple(draw.sample(people, draw.randint(1, min(most, len(people)))))

    ended: dict[tuple[str, int], EndedPod] = {}
    for _ in range(draw.randint(0, 4)):
        pod, ago, who = draw.choice(names), draw.randint(1, 4), some(5)
        declined = who[:1] if draw.random() < 0.2 else ()
        ended[pod, ago] = EndedPod(
            pod=pod, members=who, cycles_ago=ago, ending=draw.choice(list(Ending)), declined=declined
        )
    running: dict[str, RunningPod] = {}
    for _ in range(draw.randint(0, 2)):
        pod, who = draw.choice(names), some(4)
        running[pod] = RunningPod(pod=pod, members=who, rematch=who[:1] if draw.random() < 0.3 else ())
    pods = ProgramPods(
        pins=tuple(
            PinnedSeat(member=member, pod=pod, must="no_seat")
            for member, pod in draw.sample(seats, min(len(seats), draw.randint(0, 3)))
        ),
        time_zone=draw.choice((None, "Asia/Kathmandu", "America/New_York")),
    )
    program = network.programs[0].model_copy(update={"pods": pods})
    policy = network.policies[0].model_copy(update={"pods": _policy(draw)})
    data = network.model_copy(
        update={
            "problems": problems,
            "circles": circles,
            "ended_pods": tuple(ended.values()),
            "running_pods": tuple(running.values()),
            "programs": (program,),
            "policies": (policy,),
            "members": tuple(map(members, network.members)),
        }
    )
    return Network.model_validate(data.model_dump())


@pytest.fixture(scope="session")
def pods_network(make_network: Callable[[int], tuple[Network, Kind]]) -> Callable[[int], Network]:
    """Make the random network of a seed."""
    return lambda seed: random_pods_network(seed, make_network(seed)[0])


@pytest.fixture(scope="session")
def table_of() -> Callable[[Network], Any]:
    """Build the seats of a network."""
    from matcher.candidates.pods.context import PodContext
    from matcher.candidates.pods.table import build_table

    def built(network: Network) -> Any:
        people = (*network.members, *network.ended, *network.running)
        context = PodContext.of(
            network, people, network.programs[0], network.policies[0], network.running_pods
        )
        return build_table(context)

    return built
