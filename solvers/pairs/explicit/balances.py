"""Give and take in JSON: from slack and ledger to bounds that can always be met, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from solvers.faults import InstanceError
from solvers.pairs.instance import Balance
from solvers.reading import as_list, as_object, as_text, as_whole, known_keys, number_of

HIGHEST = 1_000_000_000
_KEYS = ("slack", "slack_of", "carried", "bounds", "group_of", "group_slack", "group_bounds")


def bounds(slack: int, carried: int) -> tuple[int, int]:
    """Least and most of received minus given in this run: the ledger's sum stays within -slack..slack.

    An organization beyond its limit already may stay there but go no further, so that a net of zero is
    always allowed and balance alone never makes an instance infeasible.
    """
    return min(0, -slack - carried), max(0, slack - carried)


def read_balance(value: object, organizations: Mapping[str, int]) -> Balance | None:
    """The `balance` object of an instance (see `loading`); None for none."""
    if value is None:
        return None
    data = as_object(value, "balance")
    known_keys(data, "balance", _KEYS)
    slack = None if data.get("slack") is None else as_whole(data["slack"], "balance.slack", 0, HIGHEST)
    slack_of = _whole_by_name(data, "slack_of", organizations, 0)
    carried = _whole_by_name(data, "carried", organizations, -HIGHEST)
    given = _bounds_by_name(data, "bounds", organizations)
    least, most = np.zeros(len(organizations), np.int64), np.zeros(len(organizations), np.int64)
    for name, number in organizations.items():
        if name in given:
            least[number], most[number] = given[name]
            continue
        own = slack_of.get(name, slack)
        if own is None:
            raise InstanceError("balance.slack", f"is missing, and nothing else bounds organization {name!r}")
        least[number], most[number] = bounds(own, carried.get(name, 0))
    groups, group = _groups(data, organizations)
    group_given = _bounds_by_name(data, "group_bounds", groups)
    group_slack = data.get("group_slack")
    group_least, group_most = np.zeros(len(groups), np.int64), np.zeros(len(groups), np.int64)
    for name, number in groups.items():
        if name in group_given:
            group_least[number], group_most[number] = group_given[name]
            continue
        total = sum(carried.get(one, 0) for one, at in organizations.items() if group[at] == number)
        group_least[number], group_most[number] = bounds(
            as_whole(group_slack, "balance.group_slack", 0, HIGHEST), total
        )
    return Balance(least, most, group, group_least, group_most)


def balance_to_dict(balance: Balance, organization_ids: Sequence[str]) -> dict[str, Any]:
    """The JSON object of the bounds themselves."""
    out: dict[str, Any] = {
        "bounds": {
            name: [int(low), int(high)]
            for name, low, high in zip(organization_ids, balance.least, balance.most, strict=True)
        }
    }
    if len(balance.group_least):
        out["group_of"] = {
            name: str(number)
            for name, number in zip(organization_ids, balance.group.tolist(), strict=True)
            if number >= 0
        }
        out["group_bounds"] = {
            str(number): [int(low), int(high)]
            for number, (low, high) in enumerate(zip(balance.group_least, balance.group_most, strict=True))
        }
    return out


def _groups(data: Mapping[str, Any], organizations: Mapping[str, int]) -> tuple[dict[str, int], Any]:
    """Group numbers (in the order of group_bounds, then as named), and the group of each organization."""
    groups: dict[str, int] = {}
    for name in as_object(data.get("group_bounds", {}), "balance.group_bounds"):
        groups.setdefault(name, len(groups))
    group = np.full(len(organizations), -1, np.int32)
    for name, value in as_object(data.get("group_of", {}), "balance.group_of").items():
        path = f"balance.group_of.{name}"
        number = number_of(name, path, organizations, "organizations")
        group[number] = groups.setdefault(as_text(value, path, least=1), len(groups))
    return groups, group


def _whole_by_name(
    data: Mapping[str, Any], key: str, organizations: Mapping[str, int], low: int
) -> dict[str, int]:
    out: dict[str, int] = {}
    for name, value in as_object(data.get(key, {}), f"balance.{key}").items():
        path = f"balance.{key}.{name}"
        number_of(name, path, organizations, "organizations")
        out[name] = as_whole(value, path, low, HIGHEST)
    return out


def _bounds_by_name(
    data: Mapping[str, Any], key: str, numbers: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    out: dict[str, tuple[int, int]] = {}
    for name, value in as_object(data.get(key, {}), f"balance.{key}").items():
        path = f"balance.{key}.{name}"
        number_of(name, path, numbers, "groups" if key == "group_bounds" else "organizations")
        pair = as_list(value, path)
        if len(pair) != 2:
            raise InstanceError(path, f"has {len(pair)} values; it needs [least, most]")
        out[name] = (
            as_whole(pair[0], f"{path}[0]", -HIGHEST, 0),
            as_whole(pair[1], f"{path}[1]", 0, HIGHEST),
        )
    return out
