"""Why people are left over, and why pods do not run: codes, counts, and what would help."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.pods.rules import CODES, RULE
from matcher.domain.pods_plan import NotRun, Unplaced
from matcher.planning.words import PRIVATE, counted
from solvers.pods.check.score import groups

if TYPE_CHECKING:
    from matcher.planning.pods.instance import Prepared
    from solvers.pods.instance import PodsInstance, Seats


NO_PODS = "The program has no problems or circles: add some to the network."


def unplaced(prepared: Prepared, seats: Seats, proven: bool) -> tuple[Unplaced, ...]:
    """Listed members without a seat."""
    instance = prepared.instance
    sizes = [len(members) for members in groups(instance, seats)]
    placed = set(seats.member.tolist())
    return tuple(_unplaced(prepared, i, sizes, proven) for i in range(instance.n_members) if i not in placed)


def _unplaced(prepared: Prepared, i: int, sizes: list[int], proven: bool) -> Unplaced:
    instance, table, member = prepared.instance, prepared.table, prepared.table.members[i]
    count = instance.n_pods
    kinds, times = np.unique(table.failed[i], return_counts=True)
    masks = dict(zip(kinds.tolist(), times.tolist(), strict=True))
    rules: Counter[str] = Counter()
    for mask, number in masks.items():
        for bit, code in enumerate(CODES):
            rules[code] += number * (mask >> bit & 1)
    rules = +rules
    open_ = np.flatnonzero(instance.eligible[i]).tolist()
    running = [p for p in open_ if sizes[p]]
    room = [p for p in running if sizes[p] < instance.pods[p].most]
    nearest = max(open_, key=lambda p: (sizes[p] > 0, int(instance.points[i, p])), default=None)
    if not open_:
        reason = "no_eligible_pod"
        worst = [code for code, _ in rules.most_common(1)]
        sentence = f"None of {counted(count, 'pod')} is open to {member.name}"
        sentence += f": {_mostly(worst[0], rules[worst[0]], count)}" if worst else "."
        sentence = sentence if count else NO_PODS
    elif not running:
        reason = "pods_not_run"
        sentence = (
            f"{counted(len(open_), 'pod is', 'pods are')} open to {member.name}, and none of them runs."
        )
    elif not room:
        reason = "pods_full"
        sentence = f"Every pod that runs and is open to {member.name} is full ({len(running)})."
    else:
        reason = "group_rules" if proven else "not_proven"
        sentence = (
            f"{counted(len(room), 'pod')} open to {member.name} {'has' if len(room) == 1 else 'have'} room, "
            + (
                "but a rule on the group (organizations, newcomers, language, meeting time) keeps them out."
                if proven
                else "but no better whole was found in time, or a rule on the group keeps them out."
            )
        )
    secret = any(RULE[code].secret for code in rules)
    public = {code: number for code, number in rules.items() if not RULE[code].secret}
    public_sentence = sentence
    if reason == "no_eligible_pod" and secret:
        shown = max(public, key=lambda code: public[code], default=None)
        public_sentence = f"None of {counted(count, 'pod')} is open to {member.name}: " + (
            _mostly(shown, public[shown], count) if shown is not None else f"{PRIVATE}."
        )
    return Unplaced(
        member=member.id,
        organization=member.organization,
        reason=reason,
        sentence=sentence,
        secret=secret,
        public_sentence=public_sentence,
        rules={code: rules[code] for code in CODES if rules[code]},
        eligible=len(open_),
        nearest=instance.pod_ids[nearest] if nearest is not None else None,
        repairs=_repairs(masks),
    )


def _mostly(code: str, number: int, count: int) -> str:
    where = "for all of them" if number == count else f"for {number} of them"
    sentence = RULE[code].sentence
    return f"{where}, {sentence[0].lower()}{sentence[1:]}"


def _repairs(masks: dict[int, int]) -> tuple[str, ...]:
    """Rules that alone stand against some pods: setting one aside opens them. `masks`: pods by mask."""
    single = [(-number, mask.bit_length() - 1) for mask, number in masks.items() if mask.bit_count() == 1]
    found = []
    for less, bit in sorted(single):
        number = -less
        rule = RULE[CODES[bit]]
        if rule.pin_overrides and rule.code != "skill":  # a circle on another skill helps nobody
            pods = counted(number, "pod")
            found.append(f"Setting the rule {rule.code} aside opens {pods}: {rule.sentence}")
    return tuple(found[:3])


def not_run(prepared: Prepared, seats: Seats) -> tuple[NotRun, ...]:
    """Pods that nobody is in, and why. Of circles of one kind the first, and only where none runs."""
    instance, targets = prepared.instance, prepared.table.targets
    placed = np.zeros(instance.n_members, np.bool_)
    placed[seats.member] = True
    told = {targets[p].source for p in seats.pod.tolist()}
    found = []
    for p, target in enumerate(targets):
        if target.source not in told:
            told.add(target.source)
            found.append(why_not_run(prepared, p, placed))
    return tuple(found)


def why_not_run(
    prepared: Prepared, p: int, placed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> NotRun:
    """Why nobody is in pod p. `placed`: who has a seat elsewhere."""
    instance, target, pod = prepared.instance, prepared.table.targets[p], prepared.instance.pods[p]
    able = np.flatnonzero(instance.eligible[:, p])
    reason, sentence = _stopper(prepared, p, able)
    if not reason:
        elsewhere = int(placed[able].sum())
        if len(able) - elsewhere < pod.least:
            reason = "members_elsewhere"
            sentence = (
                f"{counted(len(able), 'member')} could be in it, of whom {elsewhere} are in other pods; "
                f"it needs {pod.least}."
            )
        else:
            reason = "other_limits"
            sentence = (
                f"{len(able) - elsewhere} of those without a pod could be in it, but no allowed group of "
                "them was found."
            )
    return NotRun(
        pod=target.id,
        title=target.title,
        reason=reason,
        sentence=sentence,
        eligible=len(able),
        rules=rules_against(prepared, p),
    )


def rules_against(prepared: Prepared, p: int) -> dict[str, int]:
    """How many members each rule on single seats takes away from pod p, by code."""
    column = prepared.table.failed[:, p]
    numbers = {code: int((column >> bit & 1).sum()) for bit, code in enumerate(CODES)}
    return {code: number for code, number in numbers.items() if number}


NO_GROUP = ("too_few_people", "organizations", "sponsor_absent", "need_unmet", "no_common_time")
"""Reasons for which no group at all can be in a pod, whatever the others do."""


def _stopper(
    prepared: Prepared, p: int, able: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> tuple[str, str]:
    """The first rule that no group of those who are eligible can meet; empty where there is none."""
    instance: PodsInstance = prepared.instance
    pod, target = instance.pods[p], prepared.table.targets[p]
    if len(able) < pod.least:
        return "too_few_people", f"Only {counted(len(able), 'member')} may be in it; it needs {pod.least}."
    present = set(instance.organization[able].tolist())
    if len(present) < pod.least_organizations:
        return "organizations", (
            f"Those who may be in it come from {counted(len(present), 'organization')}; it needs "
            f"{pod.least_organizations}."
        )
    if pod.presence == "present" and pod.sponsor not in present:
        return "sponsor_absent", f"Nobody of the sponsor {target.sponsor} may be in it."
    for need, wanted in zip(pod.needs, target.needs, strict=True):
        have = int(instance.able[able, need.ability].sum())
        if have < need.least:
            name = prepared.context.skills.names[wanted.skill]
            verb = "seek" if wanted.seeks else "offer"
            return "need_unmet", (
                f"Only {have} of those who may be in it {verb} {name}; it needs at least {need.least}."
            )
    if pod.rhythm >= 0:
        rhythm = instance.rhythms[pod.rhythm]
        always, half = rhythm.always[able].sum(axis=0), rhythm.half[able].sum(axis=0)
        good = (half >= pod.least) & (always * 100 >= pod.quorum * pod.least)
        if not good.any():
            return "no_common_time", (
                f"At no weekly time can {pod.least} of those who may be in it come to half of the sessions, "
                f"and {pod.quorum} % of them to all."
            )
    return "", ""
