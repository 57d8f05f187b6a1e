"""Pods and rhythms of an instance in JSON (the keys are in `loading`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, cast

import numpy as np

from solvers.faults import InstanceError
from solvers.pods.instance import MAX_SIZE, MAX_WORTH, WEEK_MINUTES, Need, Pod, Rhythm
from solvers.reading import (
    JsonObject,
    as_flag,
    as_list,
    as_object,
    as_one_of,
    as_text,
    as_whole,
    known_keys,
    number_of,
)

_POD_KEYS = (
    "id",
    "least",
    "most",
    "must_run",
    "priority",
    "least_organizations",
    "most_share",
    "sponsor",
    "presence",
    "needs",
    "languages",
    "rhythm",
    "slot",
    "quorum",
    "hours",
)


def read_pods(
    entries: list[JsonObject], named: dict[str, dict[str, int]], fixed: Collection[str]
) -> tuple[Pod, ...]:
    """The pods. Names of organizations, abilities and languages that only pods use are added to `named`,
    unless the document lists all of that kind (`fixed`)."""

    def number(value: object, path: str, kind: str) -> int:
        name = as_text(value, path)
        if name not in named[kind]:
            if kind in fixed:
                raise InstanceError(path, f"is {name!r}, which is not in {kind}")
            named[kind][name] = len(named[kind])
        return named[kind][name]

    pods: list[Pod] = []
    for at, entry in enumerate(entries):
        path = f"pods[{at}]"
        known_keys(entry, path, _POD_KEYS)
        for key in ("least", "most"):
            if key not in entry:
                raise InstanceError(f"{path}.{key}", "is missing")

        def whole(
            key: str, default: int, low: int, high: int, entry: JsonObject = entry, at: int = at
        ) -> int:
            return as_whole(entry.get(key, default), f"pods[{at}].{key}", low, high)

        needs: list[Need] = []
        for k, row in enumerate(as_list(entry.get("needs", ()), f"{path}.needs")):
            where = f"{path}.needs[{k}]"
            need = as_object(row, where)
            known_keys(need, where, ("ability", "worth", "least"))
            if "ability" not in need:
                raise InstanceError(f"{where}.ability", "is missing")
            worth = as_list(need.get("worth", ()), f"{where}.worth")
            needs.append(
                Need(
                    number(need["ability"], f"{where}.ability", "abilities"),
                    tuple(as_whole(one, f"{where}.worth[{x}]", 0, MAX_WORTH) for x, one in enumerate(worth)),
                    as_whole(need.get("least", 0), f"{where}.least", 0, MAX_SIZE),
                )
            )
        spoken = as_list(entry.get("languages", ()), f"{path}.languages")
        sponsor = entry.get("sponsor")
        pods.append(
            Pod(
                least=whole("least", 1, 1, MAX_SIZE),
                most=whole("most", 1, 1, MAX_SIZE),
                must_run=as_flag(entry.get("must_run", False), f"{path}.must_run"),
                priority=whole("priority", 0, 0, 1000),
                least_organizations=whole("least_organizations", 1, 1, MAX_SIZE),
                most_share=whole("most_share", 100, 1, 100),
                sponsor=-1 if sponsor is None else number(sponsor, f"{path}.sponsor", "organizations"),
                presence=cast(
                    Literal["any", "present", "absent"],
                    as_one_of(entry.get("presence", "any"), f"{path}.presence", ("any", "present", "absent")),
                ),
                needs=tuple(needs),
                languages=tuple(
                    number(one, f"{path}.languages[{k}]", "languages") for k, one in enumerate(spoken)
                ),
                rhythm=-1 if entry.get("rhythm") is None else whole("rhythm", 0, 0, 2**31 - 1),
                slot=-1 if entry.get("slot") is None else whole("slot", 0, 0, 2**31 - 1),
                quorum=whole("quorum", 100, 0, 100),
                hours=whole("hours", 0, 0, 1_000_000),
            )
        )
    return tuple(pods)


def read_rhythms(value: object, members: dict[str, int]) -> tuple[Rhythm, ...]:
    """The rhythms, with everybody's attendance."""
    rhythms: list[Rhythm] = []
    for at, row in enumerate(as_list(value, "rhythms")):
        path = f"rhythms[{at}]"
        entry = as_object(row, path)
        known_keys(entry, path, ("minutes", "start", "attendance"))
        start = [
            as_whole(one, f"{path}.start[{k}]", 0, WEEK_MINUTES - 1)
            for k, one in enumerate(as_list(entry.get("start"), f"{path}.start"))
        ]
        shape = (len(members), len(start))
        always, half, ease = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, np.int16)
        seen = np.zeros(shape, bool)
        for k, line in enumerate(as_list(entry.get("attendance", ()), f"{path}.attendance")):
            where = f"{path}.attendance[{k}]"
            cells = as_list(line, where)
            if not 3 <= len(cells) <= 4:
                raise InstanceError(
                    where, f"has {len(cells)} values; it needs [member, slot, how often] and perhaps ease"
                )
            i = number_of(cells[0], where, members, "members")
            s = as_whole(cells[1], f"{where}[1]", 0, len(start) - 1)
            if seen[i, s]:
                raise InstanceError(where, "names a member and slot that an earlier row has already")
            seen[i, s] = True
            often = as_one_of(cells[2], f"{where}[2]", ("always", "half", "never"))
            always[i, s], half[i, s] = often == "always", often != "never"
            if len(cells) == 4:
                ease[i, s] = as_whole(cells[3], f"{where}[3]", -(2**15), 2**15 - 1)
        minutes = as_whole(entry.get("minutes"), f"{path}.minutes", 1, WEEK_MINUTES)
        rhythms.append(Rhythm(always, half, ease, np.array(start, np.int32), minutes))
    return tuple(rhythms)
