"""What a program's groups form around: problems, and as many circles of each kind as may run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matcher.candidates.context import SkillList
from matcher.candidates.pods.weeks import Beat
from matcher.domain.network import NetworkHeader
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.problem import Circle, Problem
from matcher.domain.program import Program

MOST_GROUPS = 100
"""Circles of one kind at most."""


@dataclass(frozen=True)
class TargetNeed:
    """People with a skill, from a level on: `people` are wished for, `least` there must be.

    `seeks`: people who seek it instead (circles).
    """

    skill: int
    level: int
    people: int
    least: int
    seeks: bool = False


@dataclass(frozen=True)
class Target:
    """A pod that may run. Skills by number; `source` is the problem's or circle's own id.

    `sponsor`: organization id.
    """

    id: str
    source: str
    kind: Literal["problem", "circle"]
    title: str
    least: int
    most: int
    least_organizations: int
    most_share: int
    languages: tuple[str, ...]
    priority: int
    must_run: bool
    rhythm: Beat
    goals: tuple[str, ...]
    needs: tuple[TargetNeed, ...]
    sponsor: str | None = None
    presence: Literal["any", "present", "absent"] = "any"
    skill: int = -1
    level: int = 3


def targets_of(
    header: NetworkHeader,
    program: Program,
    policy: PodPolicy,
    skills: SkillList,
    organization_of: Mapping[str, str],
    demand: Mapping[str, int],
) -> list[Target]:
    """The groups that may run, problems first, in document order.

    `organization_of` members who sponsor a problem; `demand`: how many groups of each circle have people,
    where the circle leaves their number open.
    """
    chosen = program.pods
    wanted = {name: set(listed) for name, listed in (("p", chosen.problems), ("c", chosen.circles)) if listed}
    found = [
        _of_problem(problem, program, policy, skills, organization_of)
        for problem in header.problems
        if chosen.problems is None or problem.id in wanted.get("p", ())
    ]
    for circle in header.circles:
        if chosen.circles is None or circle.id in wanted.get("c", ()):
            found += _of_circle(circle, program, policy, skills, demand.get(circle.id, 1))
    return found


def _rhythm(group: Problem | Circle, program: Program) -> Beat:
    cycle = program.cycle
    weeks = ((cycle.end - cycle.start).days + 1) // 7
    return (
        group.session_minutes or cycle.session_minutes,
        group.weeks_between_sessions or cycle.weeks_between_sessions,
        min(group.horizon_weeks, weeks) if isinstance(group, Problem) else weeks,
    )


def _of_problem(
    problem: Problem,
    program: Program,
    policy: PodPolicy,
    skills: SkillList,
    organization_of: Mapping[str, str],
) -> Target:
    needs = tuple(
        TargetNeed(skills.number(need.skill, problem.id), need.level, need.people, need.least)
        for need in problem.needs
    )
    return Target(
        id=problem.id,
        source=problem.id,
        kind="problem",
        title=problem.title,
        least=problem.least_people,
        most=problem.most_people,
        least_organizations=problem.least_organizations,
        most_share=problem.most_share or policy.most_share,
        languages=problem.languages,
        priority=problem.priority,
        must_run=problem.must_run or problem.id in program.pods.must_run,
        rhythm=_rhythm(problem, program),
        goals=problem.goals,
        needs=needs,
        sponsor=organization_of.get(problem.sponsor, problem.sponsor),
        presence=problem.sponsor_presence,
    )


def _of_circle(
    circle: Circle, program: Program, policy: PodPolicy, skills: SkillList, demand: int
) -> list[Target]:
    skill = skills.number(circle.skill, circle.id)
    must = program.pods.must_run
    groups = circle.groups or max(1, min(demand, MOST_GROUPS))
    out = []
    for number in range(1, groups + 1):
        name = circle.id if circle.groups == 1 else f"{circle.id}/{number}"
        out.append(
            Target(
                id=name,
                source=circle.id,
                kind="circle",
                title=circle.title if groups == 1 else f"{circle.title} ({number})",
                least=circle.least_people,
                most=circle.most_people,
                least_organizations=circle.least_organizations,
                most_share=circle.most_share or policy.most_share,
                languages=circle.languages,
                priority=circle.priority,
                must_run=(circle.must_run and number == 1)
                or name in must
                or (number == 1 and circle.id in must),
                rhythm=_rhythm(circle, program),
                goals=circle.goals,
                needs=(
                    TargetNeed(skill, circle.level, circle.offering, circle.offering),
                    TargetNeed(skill, 0, circle.seeking, circle.seeking, seeks=True),
                ),
                skill=skill,
                level=circle.level,
            )
        )
    return out
