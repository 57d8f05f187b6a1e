"""The use case "bring your own points" for pods: a bare instance -> the same document, without profiles."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from pathlib import Path

from matcher.candidates.free_time import DAY_MINUTES
from matcher.domain.errors import InputError
from matcher.domain.plan import Outcome
from matcher.domain.pods_plan import MeetingTime, NeedMet, NotRun, PlanPod, PodSeat, PodsPlan, Unplaced
from matcher.planning import outcome
from matcher.planning.pods.changes import changes_of
from matcher.planning.pods.report import PART_NAMES, met_before, price_rows
from matcher.planning.pods.verify import tier_objections
from matcher.planning.words import rule_sentence
from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.pods.check.score import groups, pod_parts
from solvers.pods.explicit.loading import load_document
from solvers.pods.instance import Index, PodsInstance, Seats
from solvers.pods.solve import solve
from solvers.result import Effort


def plan_instance(path: Path, limits: Limits) -> PodsPlan:
    """Solve bare seats with points (`solvers.pods.explicit.loading`): the same document, without profiles.

    Raises InputError for an instance that cannot be used.
    """
    effort = Effort()
    with effort.phase("read"):
        try:
            document = load_document(path)
        except InstanceError as error:
            raise InputError(f"{path} is not a usable pods instance: {error}") from error
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    instance = document.instance
    with effort.phase("solve"):
        answer = solve(instance, limits)
    outcome.merge_effort(effort, answer.effort)
    effort.counts["members"], effort.counts["pods"] = instance.n_members, instance.n_pods
    effort.counts["eligible_seats"] = int(instance.eligible.sum())
    status = Outcome(answer.status.value)
    body: dict[str, object] = {}
    if status not in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        with effort.phase("audit"):
            tiers = [(tier.name, tier.sense, tier.value) for tier in answer.tiers]
            off = tier_objections(instance, answer.seats, answer.slot, tiers)
        if off:
            raise outcome.AuditFailure(off)
        body = {
            "value": answer.value,
            "bound": answer.bound,
            "tiers": outcome.tier_rows(answer.tiers),
            "prices": price_rows(instance, answer.prices),
            "floor_prices": price_rows(instance, answer.floor_prices),
            "pods": _pods(instance, answer.seats, answer.slot),
            **_left(instance, answer.seats),
            "changes": changes_of(
                _ids(instance, answer.seats),
                _ids(instance, instance.previous),
                (),
                _ids(instance, instance.pinned),
            ),
        }
    return PodsPlan.model_validate(
        {
            "network": outcome.source_row(path.stem, path, sha256),
            "order": instance.order.value,
            "changes_policy": instance.changes,
            "seed": limits.seed,
            "status": status,
            "sentence": outcome.SENTENCES[status],
            "previous": tuple(_ids(instance, instance.previous)),
            "conflict": answer.conflict,
            "notes": (*document.notes, *answer.notes),
            **body,
            "effort": outcome.effort_of(effort, outcome.hash_of(sha256, limits.seed)),
        }
    )


def _ids(instance: PodsInstance, seats: Seats) -> list[tuple[str, str]]:
    return [(instance.member_ids[i], instance.pod_ids[p]) for i, p in seats.rows()]


def _pods(instance: PodsInstance, seats: Seats, slot: Index) -> tuple[PlanPod, ...]:
    """The pods that run."""
    previous, pinned = set(instance.previous.rows()), set(instance.pinned.rows())
    rows = []
    for p, members in enumerate(groups(instance, seats)):
        if not members:
            continue
        parts = pod_parts(instance, p, members, int(slot[p]))
        sponsor = instance.pods[p].sponsor
        rows.append(
            PlanPod(
                pod=instance.pod_ids[p],
                kind="problem",
                title=instance.pod_ids[p],
                sponsor=instance.organization_ids[sponsor] if sponsor >= 0 else None,
                points=parts.total,
                parts=dict(zip(PART_NAMES, astuple(parts), strict=True)),
                seats=tuple(
                    PodSeat(
                        member=instance.member_ids[i],
                        points=int(instance.points[i, p]),
                        kept=(i, p) in previous,
                        pinned=(i, p) in pinned,
                    )
                    for i in members
                ),
                needs=tuple(
                    NeedMet(
                        skill=f"need {k + 1}",
                        level=0,
                        people=len(need.worth),
                        members=tuple(
                            instance.member_ids[i] for i in members if instance.able[i, need.ability]
                        ),
                    )
                    for k, need in enumerate(instance.pods[p].needs)
                ),
                meeting=_meeting(instance, p, members, int(slot[p])),
                organizations=len({int(instance.organization[i]) for i in members}),
                met_before=sum(met_before(instance, members)),
                running=any((i, p) in previous for i in members),
            )
        )
    return tuple(rows)


def _meeting(instance: PodsInstance, p: int, members: list[int], slot: int) -> MeetingTime | None:
    """The weekly time, as if the instance's week were one of UTC; None without one."""
    if slot < 0:
        return None
    rhythm = instance.rhythms[instance.pods[p].rhythm]
    day, minute = divmod(int(rhythm.start[slot]), DAY_MINUTES)
    return MeetingTime(
        weekday=day + 1,
        start=f"{minute // 60:02d}:{minute % 60:02d}",
        time_zone="UTC",
        minutes=min(max(rhythm.minutes, 15), 480),
        every_weeks=1,
        always=tuple(instance.member_ids[i] for i in members if rhythm.always[i, slot]),
        half=tuple(instance.member_ids[i] for i in members if rhythm.half[i, slot]),
    )


def _left(instance: PodsInstance, seats: Seats) -> dict[str, object]:
    """Who has no pod and which pods do not run, with what the numbers alone tell."""
    sizes = [len(members) for members in groups(instance, seats)]
    placed = set(seats.member.tolist())
    without = []
    for i in range(instance.n_members):
        if i in placed:
            continue
        open_ = instance.eligible[i].nonzero()[0].tolist()
        running = [p for p in open_ if sizes[p]]
        if not open_:
            reason = "no_eligible_pod"
        elif not running:
            reason = "pods_not_run"
        elif all(sizes[p] >= instance.pods[p].most for p in running):
            reason = "pods_full"
        else:
            reason = "other_limits"
        sentence = f"{rule_sentence(reason).capitalize()}."
        without.append(
            Unplaced(
                member=instance.member_ids[i],
                organization=instance.organization_ids[int(instance.organization[i])],
                reason=reason,
                sentence=sentence,
                public_sentence=sentence,
                eligible=len(open_),
            )
        )
    idle = []
    for p, size in enumerate(sizes):
        if not size:
            able = int(instance.eligible[:, p].sum())
            reason = "too_few_people" if able < instance.pods[p].least else "other_limits"
            idle.append(
                NotRun(
                    pod=instance.pod_ids[p],
                    title=instance.pod_ids[p],
                    reason=reason,
                    sentence=f"{rule_sentence(reason).capitalize()}.",
                    eligible=able,
                )
            )
    return {"unplaced": tuple(without), "not_run": tuple(idle)}
