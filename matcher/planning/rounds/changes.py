"""Open rounds against those planned before, group by group: what goes on, what changed, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matcher.domain.rounds_plan import GroupChange, GroupChanges
from matcher.planning.rounds.report import round_rows
from matcher.planning.words import listed, rule_sentence
from solvers.pods.rounds.check.keeping import going_on

if TYPE_CHECKING:
    from matcher.planning.rounds.instance import Prepared
    from solvers.pods.rounds.instance import Round

REASONS = {
    "too_few": "too few of it come",
    "rules": "a rule stands against its people in one group",
    "pinned": "forced by the coordinator",
    "gone": "its round is no longer held",
}


def changes_of(prepared: Prepared, rounds: Sequence[Round]) -> GroupChanges:
    """Compare the groups of open rounds with those before. A group goes on where all of it who still come sit
    together; it is then kept, or changed where others joined it or somebody left the round."""
    instance, before = prepared.instance, prepared.before
    if not before:
        return GroupChanges()
    kept: list[GroupChange] = []
    changed: list[GroupChange] = []
    added: list[GroupChange] = []
    dropped: list[GroupChange] = []
    ended: list[GroupChange] = []
    rows = round_rows(instance, rounds, prepared.weeks, prepared.planned)
    for number in instance.open_rounds:
        at = number - len(instance.held)
        row = rows[number]
        groups = row.groups
        goes_on: set[int] = set()
        rests = instance.rests[at]
        places = going_on([rest if not why else () for rest, why in rests], rounds[number])
        for k, (_, why) in enumerate(rests):
            old, key = before[at].groups[k], before[at].keys[k]
            place = places[k] if not why else None
            if place is None:
                reason = why or "better_whole"
                told = REASONS.get(reason) or rule_sentence(reason)
                gone = GroupChange(
                    round=number + 1,
                    group=key,
                    members=old,
                    reason=reason,
                    sentence=f"{listed(sorted(old), 6)} no longer meet in round {number + 1}: {told}.",
                    avoidable=not why,
                )
                (ended if why else dropped).append(gone)
                continue
            goes_on.add(place)
            now = groups[place]
            joined = tuple(sorted(set(now) - set(old)))
            left = tuple(sorted(set(old) - set(now)))
            (changed if joined or left else kept).append(
                GroupChange(
                    round=number + 1,
                    group=row.keys[place],
                    members=now,
                    joined=joined,
                    left=left,
                    reason="others" if joined or left else "kept",
                    sentence=_sentence(number + 1, now, joined, left),
                )
            )
        for g, group in enumerate(groups):
            if g not in goes_on:
                told = f"{listed(list(group), 6)} meet in round {number + 1}."
                key = row.keys[g]
                added.append(
                    GroupChange(
                        round=number + 1,
                        group=key,
                        members=group,
                        joined=group,
                        reason="new_group",
                        sentence=told,
                    )
                )
    for over in before[len(instance.open_rounds) :]:
        for key, group in zip(over.keys, over.groups, strict=True):
            told = f"{listed(sorted(group), 6)} no longer meet in round {over.number}: {REASONS['gone']}."
            ended.append(
                GroupChange(round=over.number, group=key, members=group, reason="gone", sentence=told)
            )
    return GroupChanges(
        kept=tuple(kept),
        changed=tuple(changed),
        added=tuple(added),
        dropped=tuple(dropped),
        ended=tuple(ended),
    )


def _sentence(number: int, now: Sequence[str], joined: Sequence[str], left: Sequence[str]) -> str:
    stay = [who for who in now if who not in joined]
    if not joined and not left:
        return f"{listed(stay, 6)} meet in round {number} as planned."
    told = [f"{listed(stay, 6)} still meet in round {number}"]
    if joined:
        told.append(f"{listed(list(joined), 6)} {'joins' if len(joined) == 1 else 'join'} them")
    if left:
        told.append(f"{listed(list(left), 6)} {'does' if len(left) == 1 else 'do'} not come")
    return "; ".join(told) + "."
