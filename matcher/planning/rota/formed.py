"""Plans whose groups a rota gives times and facilitators: pods and pairs from their result files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.candidates.rota.groups import Formed
from matcher.domain.errors import InputError
from matcher.domain.history import RunningPod
from matcher.domain.plan import PairsPlan, PlanSource
from matcher.domain.pods_plan import PodsPlan
from matcher.domain.policy import Kind
from matcher.planning.files import command_of, read_plan, read_pods
from matcher.planning.pods.running import time_of


@dataclass(frozen=True)
class GroupPlans:
    """The groups of plans, and what names the plans."""

    formed: Formed | None = None
    sources: tuple[PlanSource, ...] = ()


def read_groups(paths: Sequence[Path], network_sha256: str) -> GroupPlans:
    """The groups of result files. Raises InputError for files that are none of pods or pairs, or that were
    made from other profiles than these."""
    plans: list[tuple[PodsPlan | PairsPlan, PlanSource]] = []
    for path in paths:
        command = command_of(path)
        if command == "rounds":
            raise InputError(
                f"{path} is a result of rounds, whose groups meet once each, at a time of their own: a rota "
                "is for groups that meet in series. Write the rounds' sessions with 'peerloom calendars' and "
                "give their sessions.json as --sessions: the rota keeps clear of them."
            )
        if command not in ("pods", "pairs"):
            raise InputError(
                f"{path} is no result of 'peerloom solve pods' or 'pairs', whose groups could meet."
            )
        plan, named = read_pods(path) if command == "pods" else read_plan(path)
        if plan.network.sha256 != network_sha256:
            raise InputError(
                f"{path} was made from other profiles than these (their SHA-256 differs): "
                f"run 'peerloom solve {command}' again."
            )
        plans.append((plan, named))
    return groups_of_plans(plans)


def groups_of_plans(plans: Sequence[tuple[PodsPlan | PairsPlan, PlanSource]]) -> GroupPlans:
    """The groups of plans. Raises InputError for two plans of pods, or of pairs of one kind."""
    pods: tuple[RunningPod, ...] | None = None
    titles: dict[str, str] = {}
    pairs: dict[Kind, tuple[tuple[str, str], ...]] = {}
    for plan, _ in plans:
        if isinstance(plan, PodsPlan):
            if pods is not None:
                raise InputError("Two plans of pods are given: give the one that holds.")
            pods = tuple(
                RunningPod(
                    pod=one.pod,
                    members=one.members,
                    meeting=time_of(one.meeting) if one.meeting is not None else None,
                )
                for one in plan.pods
            )
            titles = {one.pod: one.title for one in plan.pods}
            continue
        if plan.kind is None:
            raise InputError("A plan of pairs was made from bare edges: there are no profiles behind it.")
        if plan.kind in pairs:
            raise InputError(f"Two plans of {plan.kind} pairs are given: give the one that holds.")
        pairs[plan.kind] = tuple((one.learner, one.guide) for one in plan.pairs)
    return GroupPlans(Formed(pods, titles, pairs), tuple(source for _, source in plans))
