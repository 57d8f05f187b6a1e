"""A plan as the store files it: head, lists row by row, and the whole document; made where it was solved.

The process that serves requests only copies these bytes: it never holds or checks a whole plan.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from matcher.domain.plan import PairsPlan
from matcher.planning.files import write_plan

HEAD, DOCUMENT, PAIRS, ROWS = "head.json", "plan.json.gz", "pairs.jsonl", "rows.jsonl"


@dataclass(frozen=True)
class FiledPlan:
    """One plan in a folder. `head`: program, cycle, kind, policy, status, sentence, snapshot, summary."""

    folder: Path
    head: dict[str, Any]

    @classmethod
    def write(cls, plan: PairsPlan, folder: Path) -> FiledPlan:
        """File a plan of a program (a bare instance has none). The same plan gives the same bytes."""
        assert plan.program is not None
        assert plan.policy is not None
        folder.mkdir(parents=True, exist_ok=True)
        write_plan(folder / DOCUMENT, plan)
        with (folder / PAIRS).open("wb") as file:
            for pair in plan.pairs:
                file.write(to_json([pair.learner, pair.guide, pair.points, to_json(pair).decode()]) + b"\n")
        with (folder / ROWS).open("wb") as file:
            for part, number, body in _rows(plan):
                file.write(to_json([part, number, body.decode()]) + b"\n")
        head = {
            "program": plan.program,
            "cycle": plan.cycle,
            "kind": plan.kind,
            "policy": plan.policy.id,
            "policy_version": plan.policy.version,
            "status": plan.status,
            "sentence": plan.sentence,
            "snapshot": plan.network.sha256,
            "summary": _summary(plan),
        }
        (folder / HEAD).write_bytes(to_json(head))
        return cls.read(folder)

    @classmethod
    def read(cls, folder: Path) -> FiledPlan:
        """What `write` left in a folder."""
        return cls(folder, json.loads((folder / HEAD).read_bytes()))

    @property
    def document(self) -> bytes:
        """The whole result, gzipped JSON."""
        return (self.folder / DOCUMENT).read_bytes()

    def pairs(self) -> Iterator[tuple[str, str, int, str]]:
        """Learner, guide, points and the pair's own JSON."""
        return self._lines(PAIRS)

    def rows(self) -> Iterator[tuple[str, int, str]]:
        """Name of a list, number in it, and the entry's own JSON."""
        return self._lines(ROWS)

    def _lines(self, name: str) -> Iterator[Any]:
        with (self.folder / name).open("rb") as file:
            for line in file:
                yield tuple(json.loads(line))


def _rows(plan: PairsPlan) -> Iterator[tuple[str, int, bytes]]:
    for part, entries in (
        ("unmatched", plan.unmatched),
        ("idle", plan.idle_guides),
        ("left_out", plan.left_out),
    ):
        for number, entry in enumerate(entries):
            yield part, number, to_json(entry)
    number = 0
    for what in ("kept", "added", "dropped", "ended"):
        for change in getattr(plan.changes, what):
            yield "changes", number, to_json({"change": what, **change.model_dump()})
            number += 1


def _summary(plan: PairsPlan) -> dict[str, Any]:
    return {
        "order": plan.order,
        "changes_policy": plan.changes_policy,
        "seed": plan.seed,
        "value": plan.value,
        "bound": plan.bound,
        "tiers": [tier.model_dump() for tier in plan.tiers],
        "counts": {
            "learners": plan.effort.counts.get("learners", 0),
            "guides": plan.effort.counts.get("guides", 0),
            "eligible_pairs": plan.effort.counts.get("eligible_pairs"),
            "pairs": len(plan.pairs),
            "unmatched": len(plan.unmatched),
            "idle": len(plan.idle_guides),
            "left_out": len(plan.left_out),
            "kept": len(plan.changes.kept),
            "added": len(plan.changes.added),
            "dropped": len(plan.changes.dropped),
            "ended": len(plan.changes.ended),
        },
        "notes": list(plan.notes),
    }
