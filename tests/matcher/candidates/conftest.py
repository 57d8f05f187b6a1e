"""Random small networks that touch every rule and every part, in weeks in which clocks change."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from matcher.domain.history import EndedPair, Ending, RunningPair
from matcher.domain.member import BusyInterval, Capacities, Leave, Member, Role, Status, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.policy import Kind, PairPolicy, PointMaxima, Policy
from matcher.domain.program import Cycle, PinnedPair, Program
from matcher.domain.skill import Offer, RelatedSkill, Seek, Skill

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "UTC",
    "Africa/Casablanca",
)
STARTS = (date(2026, 10, 19), date(2026, 3, 23), date(2026, 10, 1), date(2026, 2, 10))


def random_spans(draw: random.Random) -> tuple[WeeklySpan, ...]:
    spans = []
    for _ in range(draw.choice((0, 4, 8, 12))):
        start = draw.choice((0, 60, 300, 480, 495, 540, 610, 780, 1200, 1380))
        end = min(1440, start + draw.choice((30, 45, 240, 600, 1440)))
        begin, finish = time(start // 60, start % 60), time(end // 60 % 24, end % 60)
        spans.append(WeeklySpan(day=draw.randint(1, 7), start=begin, end=finish))
    return tuple(spans)


def random_member(draw: random.Random, k: int, n: int, skills: int, orgs: int, cycle: Cycle) -> Member:
    start = datetime(cycle.start.year, cycle.start.month, cycle.start.day, tzinfo=UTC)
    busy = []
    for _ in range(draw.choice((0, 0, 1, 3))):
        begin = start + timedelta(minutes=draw.randint(-600, 1440 * 10))
        busy.append(BusyInterval(start=begin, end=begin + timedelta(minutes=draw.randint(1, 900))))
    leave = []
    for _ in range(draw.choice((0, 0, 0, 1, 2))):
        first = cycle.start + timedelta(days=draw.randint(-3, 12))
        leave.append(Leave(start=first, end=first + timedelta(days=draw.randint(0, 6))))
    others = [f"m{x}" for x in range(n) if x != k]
    learners = draw.choice((0, 1, 2, 2, 3))
    seeks = tuple(
        Seek(skill=f"s{draw.randrange(skills)}", priority=draw.randint(1, 5), level=draw.randint(1, 4))
        for _ in range(draw.choice((0, 1, 2, 3, 3, 5)))
    )
    offers = tuple(
        Offer(skill=draw.choice((f"s{s}", f"SKILL  {s}")), level=draw.randint(1, 5))
        for s in (draw.randrange(skills) for _ in range(draw.choice((0, 1, 2, 4, 6))))
    )
    return Member(
        id=f"m{k}",
        name=f"Member {k}",
        organization=f"o{draw.randrange(orgs)}",
        unit=draw.choice((None, "north", "south")),
        seeks=seeks,
        offers=offers,
        goals=tuple(draw.choice(("Grow", "grow ", "Lead", "Change jobs")) for _ in range(draw.randint(0, 3))),
        languages=tuple(draw.sample(("en", "en-GB", "de", "fr", "sw"), draw.randint(1, 4))),
        time_zone=draw.choice(ZONES),
        availability=random_spans(draw),
        busy=tuple(busy),
        leave=tuple(leave),
        night_ok=draw.random() < 0.3,
        seniority=draw.randint(1, 10),
        roles=frozenset(draw.sample(list(Role), draw.choice((0, 0, 1, 2)))),
        capacities=Capacities(
            guides_wanted=draw.choice((0, 1, 1, 2, 3)),
            learners=learners,
            min_learners=draw.randint(0, learners),
        ),
        hours_per_month=draw.choice((1, 4, 8, 8)),
        prefers=tuple(draw.choices(others, k=draw.choice((0, 0, 2, 7)))) if others else (),
        avoids=tuple(draw.choices(others, k=draw.choice((0, 0, 0, 2)))) if others else (),
        status=Status.LEFT if draw.random() < 0.06 else Status.ACTIVE,
        waited_cycles=draw.choice((0, 0, 1, 3)),
    )


def random_policy(draw: random.Random) -> PairPolicy:
    cuts = sorted(draw.sample(range(1001), 6))
    ends = (*cuts, 1000)
    sizes = [b - a for a, b in zip((0, *cuts), ends, strict=True)]
    return PairPolicy(
        min_common_hours=draw.choice((0, 0, 1, 4)),
        full_common_hours=draw.choice((5, 24)),
        skill_required=draw.random() < 0.8,
        repeat_after_cycles=draw.randint(0, 4),
        most_leave_percent=draw.choice((0, 30, 60, 100)),
        learner_hours=draw.choice((0, 2)),
        guide_hours=draw.choice((0, 2)),
        maxima=PointMaxima(**dict(zip(PointMaxima.model_fields, sizes, strict=True))),
    )


def random_network(seed: int) -> tuple[Network, Kind]:
    draw = random.Random(seed)
    n, skills, orgs = draw.randint(2, 20), draw.randint(1, 4), draw.randint(1, 8)
    start = draw.choice(STARTS)
    cycle = Cycle(id="c", start=start, end=start + timedelta(days=draw.choice((6, 13))))
    pairs = [(f"m{a}", f"m{b}") for a in range(n) for b in range(n) if a != b]
    kinds = list(Kind)
    chosen = draw.sample(pairs, min(len(pairs), draw.randint(0, 6)))
    program = Program(
        id="p",
        name="P",
        cycle=cycle,
        policy="default",
        pins=tuple(
            PinnedPair(learner=a, guide=b, must=draw.choice(("pair", "not_pair", "not_pair")))
            for a, b in chosen
        ),
    )
    ended = tuple(
        EndedPair(
            learner=a,
            guide=b,
            kind=draw.choice(kinds),
            cycles_ago=draw.randint(1, 6),
            ending=draw.choice(list(Ending)),
            pulse=draw.choice((None, 1, 2, 3, 4, 5)),
        )
        for a, b in draw.choices(pairs, k=draw.randint(0, 8))
    )
    running = tuple(
        RunningPair(learner=a, guide=b, kind=draw.choice(kinds), rematch=draw.random() < 0.3)
        for a, b in draw.sample(pairs, min(len(pairs), draw.randint(0, 6)))
    )
    network = Network(
        id="n",
        name="N",
        skills=tuple(
            Skill(
                id=f"s{s}",
                name=f"Skill {s}",
                related=tuple(
                    RelatedSkill(skill=f"s{draw.randrange(skills)}", strength_percent=draw.randint(1, 99))
                    for _ in range(draw.randint(0, 2))
                ),
            )
            for s in range(skills)
        ),
        organizations=tuple(
            Organization(
                id=f"o{k}",
                name=f"O{k}",
                group=draw.choice((None, None, "g1", "g2")),
                competitors=tuple(f"o{x}" for x in range(orgs) if x != k and draw.random() < 0.1),
            )
            for k in range(orgs)
        ),
        policies=(Policy(id="default", pairs=random_policy(draw)),),
        programs=(program,),
        members=tuple(random_member(draw, k, n, skills, orgs, cycle) for k in range(n)),
        ended=ended,
        running=running,
    )
    return network, draw.choice(kinds)


@pytest.fixture(scope="session")
def make_network() -> Callable[[int], tuple[Network, Kind]]:
    """Make the random network of a seed, and the kind of pair to look at."""
    return random_network


@pytest.fixture(scope="session")
def build() -> Callable[..., Any]:
    """Build the context and the candidates of a network."""
    from matcher.candidates.candidates import build_candidates
    from matcher.candidates.context import Context

    def built(network: Network, kind: Kind, policy: PairPolicy | None = None) -> Any:
        program = network.programs[0]
        pairs = policy or network.policies[0].pairs
        people = (*network.members, *network.ended, *network.running)
        context = Context.of(network, people, program, pairs, kind)
        return context, build_candidates(network, people, program, pairs, kind)

    return built
