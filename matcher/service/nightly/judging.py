"""A night's new plan against the published one: what changed, and what the policy's guards say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matcher.domain.family import Family
from matcher.domain.night import GuardLine, GuardName, NightChange
from matcher.domain.nightly import NightlyPolicy
from matcher.store.database import Connection
from matcher.store.plans import PlanRow, find_plan, list_rows, points_of
from matcher.store.recipients import recipients

PAGE = 1_000
MOST_TOLD = 200
"""Changes in a report; all are counted."""

CHANGE_TIERS = ("kept", "changed_groups", "moved", "slot_changes")
FILLED = {Family.PAIRS: "pairs", Family.PODS: "seats", Family.ROUNDS: "groups", Family.ROTA: "turns"}
COULD_FILL = {
    Family.PAIRS: ("kept", "dropped"),
    Family.PODS: ("kept", "moved", "dropped"),
    Family.ROUNDS: ("kept", "changed", "dropped"),
    Family.ROTA: ("kept_turns",),
}
"""Names of `counts` by family: what is filled, and what could have gone on."""

_WORD = re.compile(r"[^\s,;:()\"']+")


@dataclass(frozen=True)
class Facts:
    """What a plan covers: `covered` of `wanted` places. `stood`: pairs, seats, groups, sessions and turns
    that could go on, of which `broken` do not though nothing forced it; `filled` pairs, seats, groups or
    turns now, `could_fill` by those that could go on alone. `mean`: points of a place in thousandths, here
    and in the plan before, None without any."""

    covered: int
    wanted: int
    stood: int
    broken: int
    filled: int
    could_fill: int
    mean: int | None
    mean_before: int | None


def facts_of(connection: Connection, plan: PlanRow, before: PlanRow | None) -> Facts:
    """Count what the guards look at. Counts are those that each family's `counts` gives."""
    counts: dict[str, int] = plan.summary["counts"]
    broken = sum(bool(row.get("avoidable")) for row in _rows(connection, plan, "changes"))
    covered, wanted = _places(connection, plan, counts)
    kept = sum(counts.get(name, 0) for name in ("kept", "kept_turns", "kept_sessions"))
    could = sum(counts.get(name, 0) for name in COULD_FILL[Family(plan.family)])
    return Facts(
        covered=covered,
        wanted=wanted,
        stood=kept + broken,
        broken=broken,
        filled=counts[FILLED[Family(plan.family)]],
        could_fill=could,
        mean=_mean(connection, plan, covered),
        mean_before=None
        if before is None
        else _mean(connection, before, _places(connection, before, before.summary["counts"])[0]),
    )


def _places(connection: Connection, plan: PlanRow, counts: dict[str, int]) -> tuple[int, int]:
    match Family(plan.family):
        case Family.PAIRS:
            missing = sum(row["wanted"] - row["got"] for row in _rows(connection, plan, "unmatched"))
            return counts["pairs"], counts["pairs"] + missing
        case Family.PODS:
            return counts["seats"], counts["seats"] + counts["unplaced"]
        case Family.ROUNDS:
            people = sum(row["people"] for row in _rows(connection, plan, "rounds"))
            return people, people + counts["unplaced"]
        case Family.ROTA:
            return counts["turns"], counts["turns"] + counts["open_turns"]


def _mean(connection: Connection, plan: PlanRow, covered: int) -> int | None:
    if plan.family not in (Family.PAIRS, Family.PODS) or not covered:
        return None
    return sum(points for _, points in points_of(connection, plan.network, plan.id)) * 1000 // covered


def changes_in(counts: dict[str, Any]) -> dict[str, int]:
    """How much of a plan is other than before, by kind of change; empty where nothing is."""
    kinds = ("added", "moved", "changed", "taken_over", "dropped", "ended")
    return {kind: counts[kind] for kind in kinds if counts.get(kind)}


def fewest_changes(plan: PlanRow, facts: Facts) -> bool | None:
    """Whether it is proven that no answer with these places changes less; None where nothing ran before, or
    the order has no such tier."""
    if not facts.stood:
        return None
    if not facts.broken:
        return True
    own = [tier for tier in plan.summary["tiers"] if tier["name"].rpartition(".")[2] in CHANGE_TIERS]
    return all(tier["proven"] for tier in own) if own else None


def guard_lines(facts: Facts, policy: NightlyPolicy) -> tuple[GuardLine, ...]:
    """Each guard of the policy, and whether the new plan passes it."""
    lines = [
        _line(
            GuardName.COVERAGE,
            facts.covered * 100 >= policy.least_coverage_percent * facts.wanted,
            f"{facts.covered:,} of {facts.wanted:,} places are filled",
            f"at least {policy.least_coverage_percent} % have to be",
        ),
        _line(
            GuardName.CHANGES,
            facts.broken * 100 <= policy.most_changes_percent * facts.stood,
            f"{facts.broken:,} of {facts.stood:,} that could go on change",
            f"at most {policy.most_changes_percent} % may",
        ),
    ]
    if facts.mean is not None and facts.mean_before is not None:
        lines.append(
            _line(
                GuardName.POINTS,
                facts.mean * 100 >= policy.least_points_percent * facts.mean_before,
                f"a place has {facts.mean / 1000:.0f} points on average, "
                f"{facts.mean_before / 1000:.0f} before",
                f"at least {policy.least_points_percent} % of that are wanted",
            )
        )
    if not policy.allow_fewer:
        lines.append(
            _line(
                GuardName.FEWER,
                facts.filled >= facts.could_fill,
                f"{facts.filled:,} are filled, {facts.could_fill:,} could go on",
                "fewer than could go on are not allowed",
            )
        )
    return tuple(lines)


def _line(guard: GuardName, passed: bool, found: str, limit: str) -> GuardLine:
    return GuardLine(guard=guard, passed=passed, sentence=f"{found}{'' if passed else f'; {limit}'}.")


def told_changes(connection: Connection, plan: PlanRow) -> tuple[NightChange, ...]:
    """The changes of a plan in people's words, the first `MOST_TOLD`."""
    rows = []
    for row in _rows(connection, plan, "changes"):
        if row["change"] != "kept":
            rows.append(row)
        if len(rows) == MOST_TOLD:
            break
    words = {word.strip(".") for row in rows for word in (*_people(row), *_WORD.findall(row["sentence"]))}
    names = {one: found.member.name for one, found in recipients(connection, plan.network, words).items()}

    def named(match: re.Match[str]) -> str:
        word = match.group()
        bare = word.rstrip(".")
        return names.get(bare, bare) + word[len(bare) :]

    return tuple(
        NightChange(
            change=row["change"],
            people=tuple(names.get(one, one) for one in _people(row)),
            sentence=_WORD.sub(named, row["sentence"]),
            avoidable=bool(row.get("avoidable")),
        )
        for row in rows
    )


def _people(row: dict[str, Any]) -> list[str]:
    """Whom a change is about: two people of a pair, one of a pod, all of a group, or of a session or turn."""
    if "learner" in row:
        return [row["learner"], row["guide"]]
    if "member" in row:
        return [row["member"]]
    return list(row.get("members") or row.get("people") or ())


def _rows(connection: Connection, plan: PlanRow, part: str) -> Iterator[dict[str, Any]]:
    after = -1
    while some := list_rows(connection, plan.network, plan.id, part, after, PAGE):
        for _, body in some:
            yield json.loads(body)
        after = some[-1][0]


def plan_if(connection: Connection, network: str, identifier: str | None) -> PlanRow | None:
    """A plan, if one is named."""
    return find_plan(connection, network, identifier) if identifier is not None else None
