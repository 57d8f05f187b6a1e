"""Tiers of two answers side by side, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.domain.explanation import TierEffect
from matcher.planning.words import tier_words
from solvers.result import TierValue


def tier_effects(before: Sequence[TierValue], after: Sequence[TierValue]) -> tuple[TierEffect, ...]:
    """Tiers of two answers side by side; `gain` is what is gained by the sense of the tier."""
    rows = []
    for old, new in zip(before, after, strict=True):
        gain = None
        if old.value is not None and new.value is not None:
            gain = new.value - old.value if old.sense == "max" else old.value - new.value
        rows.append(
            TierEffect(
                tier=old.name, words=tier_words(old.name), sense=old.sense,
                before=old.value, after=new.value, gain=gain,
            )
        )  # fmt: skip
    return tuple(rows)


def cost_words(tiers: Sequence[TierEffect]) -> str:
    """What changes, the first tier first."""
    changed = [one for one in tiers if one.before != one.after]
    if not changed:
        return "The plan stays as good as it is."
    told = [f"{one.words}: {_number(one.before)} to {_number(one.after)}" for one in changed]
    return f"{'; '.join(told).capitalize()}."


def _number(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"
