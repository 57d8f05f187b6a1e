"""From a solver's answer to the plan document. Nothing is solved here; all is counted from the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.plan import (
    GiveAndTakeLine,
    LeftOut,
    PlanDuals,
    PlanPair,
    PlanPricedRow,
    PlanSideDuals,
    SkillPrice,
)
from matcher.domain.policy import PARTS
from matcher.planning.words import rule_sentence
from solvers.pairs.edges import Edges, Index

if TYPE_CHECKING:
    from matcher.candidates.candidates import Candidates
    from matcher.planning.pairs.instance import Prepared
    from solvers.pairs.instance import PairsInstance
    from solvers.pairs.solution import Duals, PairsAnswer


def pair_rows(
    instance: PairsInstance,
    pairs: Edges,
    kept: set[tuple[int, int]],
    pinned: set[tuple[int, int]],
    overrides: dict[tuple[int, int], tuple[str, ...]],
    parts: np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None,
) -> tuple[PlanPair, ...]:
    """The pairs by learner and guide number. `parts` has shape (pairs, parts), None without profiles."""
    rows: list[PlanPair] = []
    columns = zip(pairs.learner.tolist(), pairs.guide.tolist(), pairs.points.tolist(), strict=True)
    table = parts.tolist() if parts is not None else [()] * len(pairs)
    for (i, j, points), numbers in sorted(zip(columns, table, strict=True), key=lambda row: row[0][:2]):
        rows.append(
            PlanPair(
                learner=instance.learner_ids[i],
                guide=instance.guide_ids[j],
                points=points,
                parts=dict(zip(PARTS, numbers, strict=True)) if parts is not None else {},
                kept=(i, j) in kept,
                pinned=(i, j) in pinned,
                overrides=overrides.get((i, j), ()),
            )
        )
    return tuple(rows)


def dual_rows(instance: PairsInstance, duals: Duals | None) -> PlanDuals | None:
    """A certificate by id; None when there is none."""
    if duals is None:
        return None

    def columns(
        ids: object, numbers: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    ) -> dict[str, tuple[int, ...]]:
        return {name: tuple(row) for name, row in zip(ids, numbers.T.tolist(), strict=True)}  # type: ignore[call-overload]

    return PlanDuals(
        tiers=duals.tiers,
        learner=columns(instance.learner_ids, duals.learner),
        guide=columns(instance.guide_ids, duals.guide),
        node=columns(duals.node_names, duals.node),
        least_points=duals.least_points,
    )


def side_dual_rows(instance: PairsInstance, answer: PairsAnswer) -> tuple[PlanSideDuals, ...]:
    """The answer's certificates with prices on rules beside the flow, by id."""
    out = []
    for side in answer.side_duals:
        duals = dual_rows(instance, side.duals)
        assert duals is not None
        rows = tuple(
            PlanPricedRow(
                code=row.code,
                price=row.price,
                most=row.most,
                learner=str(instance.learner_ids[row.learner]) if row.learner >= 0 else None,
                guide=str(instance.guide_ids[row.guide]) if row.guide >= 0 else None,
                learner_cost=row.learner_cost,
                guide_cost=row.guide_cost,
                name=row.name,
            )
            for row in side.rows
        )
        out.append(PlanSideDuals(duals=duals, scale=side.scale, rows=rows))
    return tuple(out)


def give_and_take(
    instance: PairsInstance, pairs: Edges, carried: dict[str, int], group_ids: list[str]
) -> tuple[GiveAndTakeLine, ...]:
    """Received and given per organization that takes part, then per group where groups are bound."""
    count = instance.n_organizations
    received = np.bincount(instance.learner_org[pairs.learner], minlength=count)
    given = np.bincount(instance.guide_org[pairs.guide], minlength=count)
    balance = instance.balance
    lines: list[GiveAndTakeLine] = []
    for k, name in enumerate(instance.organization_ids):
        owed = carried.get(name, 0)
        if not (received[k] or given[k] or owed or balance is not None):
            continue
        lines.append(
            GiveAndTakeLine(
                organization=name,
                received=int(received[k]),
                given=int(given[k]),
                carried=owed,
                net=int(received[k] - given[k]),
                least=int(balance.least[k]) if balance is not None else None,
                most=int(balance.most[k]) if balance is not None else None,
            )
        )
    if balance is not None:
        for g, (least, most) in enumerate(
            zip(balance.group_least.tolist(), balance.group_most.tolist(), strict=True)
        ):
            inside = np.flatnonzero(balance.group == g)
            lines.append(
                GiveAndTakeLine(
                    organization=group_ids[g],
                    received=int(received[inside].sum()),
                    given=int(given[inside].sum()),
                    carried=sum(carried.get(instance.organization_ids[k], 0) for k in inside.tolist()),
                    net=int((received - given)[inside].sum()),
                    least=least,
                    most=most,
                    group=True,
                )
            )
    return tuple(lines)


def left_out(candidates: Candidates) -> tuple[LeftOut, ...]:
    """Members whom a rule about themselves keeps out of a role."""
    return tuple(
        LeftOut.model_validate(
            {"member": member, "role": role, "rule": rule, "sentence": rule_sentence(rule)}
        )
        for member, role, rule in candidates.left_out
    )


def skill_rows(prepared: Prepared, learner_load: Index, guide_load: Index) -> tuple[SkillPrice, ...]:
    """Supply and demand per skill, the scarcest first; prices are for explanations to fill."""
    candidates = prepared.candidates
    names = {skill.id: skill.name for skill in prepared.header.skills}
    size = len(candidates.skill_ids)
    seek_start, sought = candidates.learner_skills[:2]
    offer_start, offered = candidates.guide_skills[:2]
    learner = np.repeat(np.arange(len(seek_start) - 1), np.diff(seek_start))
    guide = np.repeat(np.arange(len(offer_start) - 1), np.diff(offer_start))
    learners = np.bincount(sought, minlength=size)
    short = (learner_load == 0) & (prepared.need > 0)
    unmatched = np.bincount(sought[short[learner]], minlength=size)
    places = np.bincount(offered, weights=prepared.capacity[guide], minlength=size).astype(np.int64)
    used = np.bincount(offered, weights=guide_load[guide], minlength=size).astype(np.int64)
    rows = [
        SkillPrice(
            skill=candidates.skill_ids[k],
            name=names.get(candidates.skill_ids[k], ""),
            places=int(places[k]),
            used=int(used[k]),
            learners=int(learners[k]),
            unmatched=int(unmatched[k]),
        )
        for k in np.flatnonzero((learners > 0) | (places > 0)).tolist()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.unmatched, row.places - row.learners, row.skill)))
