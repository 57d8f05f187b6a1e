"""A plan as the store files it: head, lists row by row, and the whole document; made where it was solved.

The process that serves requests only copies these bytes: it never holds or checks a whole plan.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from matcher.planning.around import AROUND
from matcher.planning.families import ends_of

HEAD, DOCUMENT, SERIES, ROWS = "head.json", "plan.json.gz", "series.jsonl", "rows.jsonl"


@dataclass(frozen=True)
class FiledPlan:
    """One plan in a folder. `head`: family, program, cycle, kind, policy, status, sentence, snapshot and
    summary; the kind is empty in families that have none."""

    folder: Path
    head: dict[str, Any]

    @classmethod
    def write(cls, plan: Any, folder: Path, around: bytes | None = None) -> FiledPlan:
        """File a plan of a program (a bare instance has none), and what it was made around, if anything. The
        same plan gives the same bytes."""
        assert plan.program is not None
        assert plan.policy is not None
        ends = ends_of(plan.family)
        folder.mkdir(parents=True, exist_ok=True)
        ends.write(folder / DOCUMENT, plan)
        with (folder / SERIES).open("wb") as file:
            for key, members, points, entry in ends.series(plan):
                file.write(to_json([key, members, points, to_json(entry).decode()]) + b"\n")
        with (folder / ROWS).open("wb") as file:
            for part, number, body in ends.rows(plan):
                file.write(to_json([part, number, body.decode()]) + b"\n")
        head = {
            "family": plan.family,
            "program": plan.program,
            "cycle": plan.cycle,
            "kind": getattr(plan, "kind", None) or "",
            "policy": plan.policy.id,
            "policy_version": plan.policy.version,
            "status": plan.status,
            "sentence": plan.sentence,
            "snapshot": plan.network.sha256,
            "summary": {
                "order": plan.order,
                "changes_policy": plan.changes_policy,
                "seed": plan.seed,
                "value": plan.value,
                "bound": plan.bound,
                "tiers": [tier.model_dump() for tier in plan.tiers],
                "counts": ends.counts(plan),
                "notes": list(plan.notes),
            },
        }
        if around is not None:
            (folder / AROUND).write_bytes(around)
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

    @property
    def around(self) -> bytes | None:
        """What it was made around (`matcher.planning.around`), gzipped JSON; None where that is nothing."""
        path = self.folder / AROUND
        return gzip.compress(path.read_bytes(), compresslevel=3, mtime=0) if path.exists() else None

    def series(self) -> Iterator[tuple[list[str], list[str], int, str]]:
        """Key, members, points and own JSON of each pair or group."""
        return self._lines(SERIES)

    def rows(self) -> Iterator[tuple[str, int, str]]:
        """Name of a list, number in it, and the entry's own JSON."""
        return self._lines(ROWS)

    def _lines(self, name: str) -> Iterator[Any]:
        with (self.folder / name).open("rb") as file:
            for line in file:
                yield tuple(json.loads(line))
