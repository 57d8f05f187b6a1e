"""From one pair that may meet: each rule bites on its one deviation, and says so with numbers."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from matcher.candidates.candidates import build_candidates
from matcher.candidates.context import Context
from matcher.candidates.points import parts_of
from matcher.candidates.rules import BIT, CODES, PRIVATE, RULE, RULES, eligible, reasons
from matcher.domain.errors import InputError
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Capacities, Leave, Member, Status, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.policy import Kind, PairPolicy, Policy
from matcher.domain.program import Cycle, PinnedPair, Program
from matcher.domain.skill import Offer, RelatedSkill, Seek, Skill

WEEK = tuple(WeeklySpan(day=day, start=time(9), end=time(12)) for day in range(1, 6))
LEARNER: dict[str, Any] = {
    "id": "ada",
    "name": "Ada",
    "organization": "north",
    "time_zone": "Europe/Berlin",
    "availability": WEEK,
    "seniority": 3,
    "seeks": (Seek(skill="K8s", priority=4, level=3),),
    "goals": ("Lead a team", "Speak"),
}
GUIDE: dict[str, Any] = {
    "id": "bo",
    "name": "Bo",
    "organization": "south",
    "time_zone": "Europe/Berlin",
    "availability": WEEK,
    "seniority": 6,
    "offers": (Offer(skill="kubernetes", level=4),),
    "goals": ("lead a  TEAM",),
}


def network(
    learner: dict[str, Any] | None = None,
    guide: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    south: dict[str, Any] | None = None,
    **rest: Any,
) -> Network:
    pins = rest.pop("pins", ())
    cycle = Cycle(id="c", start=date(2026, 9, 28), end=date(2026, 10, 27))
    return Network(
        id="n",
        name="N",
        skills=(
            Skill(id="kubernetes", name="Kubernetes", synonyms=("k8s",)),
            Skill(
                id="docker", name="Docker", related=(RelatedSkill(skill="kubernetes", strength_percent=60),)
            ),
            Skill(id="cooking", name="Cooking"),
        ),
        organizations=(
            Organization(id="north", name="North", group="parent"),
            Organization(id="south", name="South", **(south or {})),
        ),
        policies=(Policy(id="default", pairs=PairPolicy(**(policy or {}))),),
        programs=(Program(id="p", name="P", cycle=cycle, policy="default", pins=pins),),
        members=(Member(**{**LEARNER, **(learner or {})}), Member(**{**GUIDE, **(guide or {})})),
        **rest,
    )


def context_of(made: Network, kind: Kind = Kind.MENTORING) -> Context:
    people = (*made.members, *made.ended, *made.running)
    return Context.of(made, people, made.programs[0], made.policies[0].pairs, kind)


DEVIATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "left": ({"guide": {"status": Status.LEFT}}, "Bo has left"),
    "on_leave": (
        {"learner": {"leave": (Leave(start=date(2026, 9, 1), end=date(2026, 10, 13)),)}},
        "on 16 of the cycle's 30 days; 50 %",
    ),
    "role": ({"guide": {"roles": frozenset({"learner"})}}, "does not take part as a guide"),
    "capacity": ({"guide": {"hours_per_month": 1}}, "1 hours a month"),
    "own_organization": ({"guide": {"organization": "north"}}, "Both belong to north"),
    "own_group": ({"south": {"group": "parent"}}, "group parent"),
    "competitors": ({"south": {"competitors": ("north",)}}, "are competitors"),
    "avoid": ({"guide": {"avoids": ("ada",)}}, "Bo asked not to meet"),
    "forbidden": ({"pins": (PinnedPair(learner="ada", guide="bo", must="not_pair"),)}, "forbade"),
    "language": ({"guide": {"languages": ("de", "fr")}}, "en against de, fr"),
    "seniority": ({"guide": {"seniority": 3}}, "+0 steps"),
    "skill": (
        {"guide": {"offers": (Offer(skill="docker", level=2),)}},
        "nearest: docker 2 where kubernetes 3",
    ),
    "hours": ({"policy": {"min_common_hours": 70, "full_common_hours": 70}}, "66 h 00 min a month"),
    "repeat": ({"ended": (EndedPair(learner="bo", guide="ada", cycles_ago=4),)}, "4 cycles ago; 4 must pass"),
}


def test_the_pair_all_deviations_start_from_may_meet():
    made = network()
    assert eligible(context_of(made), *made.members)


def test_every_rule_has_a_deviation():
    assert set(DEVIATIONS) == set(CODES)
    assert all((rule.of_member is None) != (rule.of_pair is None) for rule in RULES)


@pytest.mark.parametrize("code", CODES)
def test_each_rule_bites_alone_and_says_why(code):
    change, words = DEVIATIONS[code]
    made = network(**change)
    (reason,) = reasons(context_of(made), *made.members)
    assert reason.code == code
    assert words in reason.sentence
    assert reason.public_sentence == (PRIVATE if RULE[code].secret else reason.sentence)
    candidates = build_candidates(
        made, (*made.members, *made.ended), made.programs[0], made.policies[0].pairs, Kind.MENTORING
    )
    if RULE[code].of_pair is not None:
        assert candidates.failed([0], [0]).tolist() == [1 << BIT[code]]
        assert candidates.funnel(0).alone[code] == 1
        assert candidates.guide_funnel(0).taken[code] == 1
        assert candidates.network_funnel().eligible == 0
    else:
        assert [out[2] for out in candidates.left_out if out[0] in ("ada", "bo")][:1] == (
            [code] if code != "role" else []
        )


@pytest.mark.parametrize(
    "change",
    [
        {"ended": (EndedPair(learner="ada", guide="bo", cycles_ago=5),)},
        {"guide": {"offers": (Offer(skill="docker", level=3),)}},
        {"guide": {"offers": (), "roles": frozenset({"guide"})}, "policy": {"skill_required": False}},
        {"learner": {"leave": (Leave(start=date(2026, 9, 1), end=date(2026, 10, 12)),)}},
        {"guide": {"languages": ("fr", "en")}},
        {"policy": {"min_common_hours": 66, "full_common_hours": 66}},
        {
            "guide": {"capacities": Capacities(learners=0)},
            "running": (RunningPair(learner="ada", guide="bo"),),
        },
        {
            "ended": (EndedPair(learner="ada", guide="bo"),),
            "running": (RunningPair(learner="ada", guide="bo"),),
        },
    ],
)
def test_rules_that_do_not_bite(change):
    made = network(**change)
    assert reasons(context_of(made), *made.members) == ()


def test_a_declined_pair_never_meets_again_and_a_rematch_not_now():
    declined = EndedPair(learner="ada", guide="bo", cycles_ago=900, ending="declined")
    running = RunningPair(learner="ada", guide="bo", rematch=True)
    for change in ({"ended": (declined,)}, {"running": (running,)}):
        made = network(**change)
        assert [reason.code for reason in reasons(context_of(made), *made.members)] == ["repeat"]


def test_the_parts_of_points_by_hand():
    made = network(learner={"prefers": ("x", "bo")}, guide={"prefers": ("ada",)})
    assert parts_of(context_of(made), *made.members) == {
        "skills": 400,  # own skill, one level above
        "goals": 40,  # one of two
        "hours": 160,  # 66 hours a month of 24
        "seniority": 100,  # three steps, the ideal
        "wishes": 60 * 4 // 5 + 60,  # second wish of Ada, first of Bo
        "novelty": 80,
        "pulse": 30,  # none known
    }


def test_related_skills_levels_history_and_pulse_lower_points():
    ended = (
        EndedPair(learner="x", guide="bo", pulse=4, cycles_ago=9),
        EndedPair(learner="ada", guide="bo", pulse=5, cycles_ago=9),
    )
    made = network(guide={"offers": (Offer(skill="docker", level=3),), "seniority": 4}, ended=ended)
    parts = parts_of(context_of(made), *made.members)
    assert parts["skills"] == 400 * (60 * 90 // 100) // 100
    assert parts["seniority"] == 100 * (4 - 2) // 4
    assert parts["novelty"] == 80 // 2
    assert parts["pulse"] == 60 * (45 - 10) // 40


def test_people_listed_for_a_pin_or_a_running_pair_have_places_for_it_and_nothing_else():
    pin = PinnedPair(learner="ada", guide="bo", must="pair")
    made = network(guide={"capacities": Capacities(learners=0)}, pins=(pin,))
    candidates = build_candidates(
        made, made.members, made.programs[0], made.policies[0].pairs, Kind.MENTORING
    )
    assert candidates.guide_ids == ["bo"]
    assert candidates.capacity.tolist() == [1]
    assert candidates.oracle.count() == 0
    assert candidates.failed([0], [0]).tolist() == [1 << BIT["capacity"]]
    assert candidates.parts([0], [0]).sum() > 0
    running = RunningPair(learner="ada", guide="bo")
    made = network(guide={"capacities": Capacities(learners=0)}, running=(running,))
    candidates = build_candidates(
        made, (*made.members, running), made.programs[0], made.policies[0].pairs, Kind.MENTORING
    )
    assert candidates.capacity.tolist() == [1]
    assert candidates.running.tolist() == [[0, 0]]
    assert candidates.oracle.count() == 1


def test_unknown_skills_and_organizations_are_input_errors():
    for change in ({"guide": {"offers": (Offer(skill="juggling"),)}}, {"guide": {"organization": "east"}}):
        made = network(**change)
        with pytest.raises(InputError, match=r"juggling|east"):
            build_candidates(made, made.members, made.programs[0], made.policies[0].pairs, Kind.MENTORING)
