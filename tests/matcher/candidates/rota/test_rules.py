"""Each rule on a turn, seen to bite and seen to spare; and who is trained for what."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from matcher.candidates.rota.context import RotaContext
from matcher.candidates.rota.rules import RULES, level_of, may_take, standing_reasons, step_reasons
from matcher.domain.forum import Forum
from matcher.domain.history import RunningPod
from matcher.domain.member import Leave, Ledger, Member, Status, Training, WeeklySpan
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.policy import Policy
from matcher.domain.problem import Problem
from matcher.domain.program import Cycle, Program
from matcher.domain.rota_policy import RotaPolicy
from matcher.domain.session import Session

WEEK = tuple(WeeklySpan(day=day, start=time(0), end=time(0)) for day in range(1, 8))
TUESDAY = 96 + 4 * 10
"""The step at 10:00 UTC on Tuesday, 6 October 2026: noon in Berlin."""


def context(
    changed: dict[str, dict[str, Any]] | None = None, taken: tuple[Session, ...] = (), **fields: Any
) -> RotaContext:
    """Lea may lead the pod of Ann and Bob; Cem is the expert of a forum. `policy`: fields of `RotaPolicy`."""
    changed, policy = changed or {}, Policy(id="default", rota=RotaPolicy(**fields.pop("policy", {})))

    def member(name: str, organization: str, **own: Any) -> Member:
        values = {
            "id": name,
            "name": name.title(),
            "organization": organization,
            "time_zone": "Europe/Berlin",
            "availability": WEEK,
            "country": "DE",
            **own,
            **changed.get(name, {}),
        }
        return Member(**values)

    network = Network(
        id="n",
        name="N",
        organizations=fields.pop(
            "organizations", tuple(Organization(id=one, name=one.upper()) for one in "abc")
        ),
        policies=(policy,),
        programs=(
            Program(
                id="p",
                name="P",
                policy="default",
                cycle=Cycle(id="c", start=date(2026, 10, 5), end=date(2026, 11, 1)),
            ),
        ),
        problems=(Problem(id="water", title="Water", sponsor="a"),),
        forums=(Forum(id="talks", title="Talks", expert="cem", members=("ann",)),),
        running_pods=(RunningPod(pod="water", members=("ann", "bob")),),
        members=(
            member("ann", "a"),
            member("bob", "b"),
            member("cem", "b", training=Training.LEAD),
            member("lea", "c", training=Training.LEAD),
        ),
        **fields,
    )
    return RotaContext.of(network, network.members, network.programs[0], policy, None, taken)


def codes(found: RotaContext, who: str = "lea", group: str = "pod water", role: str = "lead") -> set[str]:
    member, meets = found.members[who], found.group[group]
    reasons = standing_reasons(found, member, meets, role)  # type: ignore[arg-type]
    return {one.code for one in (*reasons, *step_reasons(found, member, meets, TUESDAY))}


def meeting() -> Session:
    return Session(
        network="n", program="p", cycle="c", kind="mentoring", key=("lea", "cem"), index=0, uid="x@y",
        attendees=("lea", "cem"), start=datetime(2026, 10, 6, 10, 30, tzinfo=UTC),
        end=datetime(2026, 10, 6, 11, tzinfo=UTC), time_zone="UTC", title="T",
        changed_at=datetime(2026, 9, 1, tzinfo=UTC),
    )  # fmt: skip


RIVALS = (
    Organization(id="a", name="A"),
    Organization(id="b", name="B"),
    Organization(id="c", name="C", competitors=("b",)),
)
BUSY = {"start": "2026-10-06T10:50Z", "end": "2026-10-06T10:55Z"}
MORNING = WeeklySpan(day=2, start=time(8), end=time(12, 30))
BITES: dict[str, dict[str, Any]] = {
    "left": {"changed": {"lea": {"status": Status.LEFT}}},
    "facilitations": {"changed": {"lea": {"capacities": {"facilitations": 0}}}},
    "training": {"changed": {"lea": {"training": Training.CO}}},
    "hours_left": {"changed": {"lea": {"hours_per_month": 1}}, "policy": {"turn_minutes": 60}},
    "source": {"policy": {"source": "members"}},
    "competitors": {"organizations": RIVALS},
    "avoids": {"changed": {"bob": {"avoids": ("lea",)}}},
    "language": {"changed": {"lea": {"languages": ("de",)}}},
    "available": {
        "changed": {"lea": {"availability": (WeeklySpan(day=2, start=time(8), end=time(12, 30)),)}}
    },
    "busy": {"changed": {"lea": {"busy": (BUSY,)}}},
    "on_leave": {"changed": {"lea": {"leave": (Leave(start=date(2026, 10, 6), end=date(2026, 10, 6)),)}}},
    "in_session": {"taken": (meeting(),)},
}


@pytest.mark.parametrize("code", BITES)
def test_a_rule_stands_against_its_case_alone(code):
    assert codes(context(**BITES[code])) == {code}


def test_nothing_stands_against_somebody_else():
    assert codes(context()) == set()


def test_every_rule_is_seen():
    assert set(BITES) | {"expert", "holiday"} == {rule.code for rule in RULES}


def test_the_expert_of_a_forum_does_not_moderate_it():
    found = context()
    assert "expert" in codes(found, "cem", "forum talks")
    assert "expert" not in codes(found, "cem", "pod water")


def test_facilitators_are_neutral_where_the_policy_says_so():
    found = context(policy={"source": "neutral"})
    assert "source" in codes(found, "cem")
    assert "source" not in codes(found, "lea")


def test_rivals_may_open_forums_to_each_other():
    assert codes(context(organizations=RIVALS), group="forum talks") == set()


def test_a_turn_takes_preparation_of_members_and_the_session_too_of_others():
    """Forums are in nobody's hours, so who is invited pays for the session as well."""
    found = context(policy={"turn_minutes": 20})
    water, talks = found.group["pod water"], found.group["forum talks"]
    assert [found.turn_minutes(water, one) for one in ("ann", "lea")] == [20, 80]
    assert [found.turn_minutes(talks, one) for one in ("ann", "lea")] == [80, 80]


def test_hours_that_a_pod_leaves_suffice_for_the_turns_of_its_members():
    """Two hours a month go to the pod itself, and nothing is left but for turns without preparation."""
    ann = {"ann": {"training": Training.LEAD, "hours_per_month": 2}}
    assert codes(context(ann), "ann") == {"hours_left"}
    assert codes(context(ann, policy={"turn_minutes": 0}), "ann") == set()
    more = {"ann": {"training": Training.LEAD, "hours_per_month": 3}}
    assert codes(context(more), "ann") == set()
    lea = {"lea": {"hours_per_month": 1}}
    assert codes(context(lea, policy={"turn_minutes": 0}), "lea") == {"hours_left"}


def test_public_holidays_are_those_of_country_and_region():
    """German Unity Day is a Saturday; All Saints' Day, a Sunday, is kept in Bavaria and not in Berlin."""
    regions = {"lea": {"region": "BY"}, "cem": {"region": "DE-BE"}, "ann": {"region": "nowhere"}}
    found = context(regions)
    kept = {one: found.days_off(found.members[one]) for one in ("lea", "cem", "ann", "bob")}
    assert date(2026, 11, 1) in kept["lea"]
    assert date(2026, 11, 1) not in kept["cem"]
    assert kept["ann"] == kept["bob"]
    free = context({"bob": {"country": None}, "ann": {"country": "ZZ"}})
    assert free.days_off(free.members["bob"]) == free.days_off(free.members["ann"]) == frozenset()
    assert context(policy={"holidays": False}).days_off(found.members["lea"]) == frozenset()


@pytest.mark.parametrize(
    ("training", "ledger", "level"),
    [
        ("none", {"shadow": 9}, "none"),
        ("shadow", {"shadow": 1}, "shadow"),
        ("shadow", {"shadow": 2}, "co"),
        ("shadow", {"shadow": 2, "co": 2}, "lead"),
        ("co", {"co": 1}, "co"),
        ("co", {"co": 2}, "lead"),
        ("lead", {}, "lead"),
    ],
)
def test_the_ladder_goes_by_what_was_done(training, ledger, level):
    found = context({"lea": {"training": training, "ledger": Ledger(**ledger)}})
    assert level_of(found, found.members["lea"]) == level


def test_roles_go_with_training():
    may = {(level, role) for level in Training for role in ("lead", "co", "shadow") if may_take(level, role)}
    assert may == {("lead", "lead"), ("lead", "co"), ("co", "co"), ("shadow", "shadow")}
