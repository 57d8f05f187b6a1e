"""A plan of pods against the seats before it: kept, added, moved, dropped and ended, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable

from matcher.domain.pods_plan import SeatChange, SeatChanges
from matcher.planning.words import rule_sentence

Seat = tuple[str, str]


def changes_of(
    now: Iterable[Seat], protected: Iterable[Seat], ended: Iterable[SeatChange], pins: Iterable[Seat]
) -> SeatChanges:
    """Compare an answer with the seats before it. `protected` went on by every rule; `ended` could not.

    Who lost a seat and got another one has moved; who got one more has it added.
    """
    now, protected, ended = sorted(now), sorted(protected), list(ended)
    standing, before, forced = set(now), set(protected), set(pins)
    lost: dict[str, list[str]] = {}
    for member, pod in protected:
        if (member, pod) not in standing:
            lost.setdefault(member, []).append(pod)
    gone = {change.member for change in ended}
    had = {member for member, _ in protected}
    added: list[SeatChange] = []
    moved: list[SeatChange] = []
    for member, pod in now:
        if (member, pod) in before:
            continue
        if lost.get(member):
            old = lost[member].pop(0)
            sentence = f"{rule_sentence('better_whole').capitalize()}: from {old} to {pod}."
            reason = "pinned" if (member, pod) in forced else "better_whole"
            if reason == "pinned":
                sentence = f"{rule_sentence('pinned').capitalize()}: from {old} to {pod}."
            moved.append(
                SeatChange(
                    member=member, pod=pod, reason=reason, sentence=sentence, moved=old, avoidable=True
                )
            )
            continue
        if (member, pod) in forced:
            reason = "pinned"
        elif member in gone:
            reason = "replacement_seat"
        elif member in had:
            reason = "further_pod"
        else:
            reason = "new_seat"
        added.append(_change(member, pod, reason))
    return SeatChanges(
        kept=tuple(_change(member, pod, "kept") for member, pod in protected if (member, pod) in standing),
        added=tuple(added),
        moved=tuple(moved),
        dropped=tuple(
            SeatChange(
                member=member,
                pod=pod,
                reason="better_whole",
                sentence=f"{rule_sentence('better_whole').capitalize()}: no other seat was left.",
                avoidable=True,
            )
            for member, pods in sorted(lost.items())
            for pod in pods
        ),
        ended=tuple(change for change in ended if (change.member, change.pod) not in standing),
    )


def _change(member: str, pod: str, reason: str) -> SeatChange:
    return SeatChange(
        member=member, pod=pod, reason=reason, sentence=f"{rule_sentence(reason).capitalize()}."
    )
