"""What a coordinator changes in a plan by hand: pairs pinned, forbidden or swapped, and edits undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Model, Text
from matcher.domain.explanation import Effect
from matcher.domain.program import PinnedPair


class Edit(Model):
    """One change by hand.

    pin: the two must be a pair. forbid: they must not. swap: learner - guide and other_learner - other_guide
    exchange their guides. undo: the edit `number` no longer holds (the latest, where none is named).
    """

    op: Literal["pin", "forbid", "swap", "undo"]
    learner: Identifier | None = None
    guide: Identifier | None = None
    other_learner: Identifier | None = None
    other_guide: Identifier | None = None
    number: int | None = Field(default=None, ge=1, le=2_000_000_000)
    note: Text = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {
            "pin": {"learner", "guide"},
            "forbid": {"learner", "guide"},
            "swap": {"learner", "guide", "other_learner", "other_guide"},
            "undo": set(),
        }[self.op]
        allowed = needed | ({"number"} if self.op == "undo" else set())
        for name in ("learner", "guide", "other_learner", "other_guide", "number"):
            given = getattr(self, name) is not None
            if name in needed and not given:
                raise ValueError(f"{self.op} needs {name}")
            if given and name not in allowed:
                raise ValueError(f"{self.op} takes no {name}")
        if self.op == "swap" and (self.learner == self.other_learner or self.guide == self.other_guide):
            raise ValueError("a swap needs two learners and two guides")
        return self

    def pins(self) -> tuple[PinnedPair, ...]:
        """What it asks of the next run."""
        rows: list[tuple[str | None, str | None, str]] = []
        if self.op == "pin":
            rows = [(self.learner, self.guide, "pair")]
        elif self.op == "forbid":
            rows = [(self.learner, self.guide, "not_pair")]
        elif self.op == "swap":
            rows = [
                (self.learner, self.other_guide, "pair"),
                (self.other_learner, self.guide, "pair"),
                (self.learner, self.guide, "not_pair"),
                (self.other_learner, self.other_guide, "not_pair"),
            ]
        return tuple(
            PinnedPair.model_validate({"learner": learner, "guide": guide, "must": must, "note": self.note})
            for learner, guide, must in rows
        )


class EditPrice(Model):
    """What an edit does to the whole plan, judged alone against the plan's present revision.

    `overrides`: codes of the rules that it sets aside. `effect` is None where nothing is known of its cost (a
    stable match has no prices).
    """

    overrides: tuple[str, ...] = ()
    effect: Effect | None = None
    sentences: tuple[str, ...] = ()


def standing(log: Sequence[tuple[int, Edit]]) -> list[tuple[int, Edit]]:
    """The edits of a log, (number, edit) in order, that were not undone and are no undoing themselves."""
    undone = {edit.number for _, edit in log if edit.op == "undo"}
    return [(number, edit) for number, edit in log if edit.op != "undo" and number not in undone]


def clash_with(log: Sequence[tuple[int, Edit]], edit: Edit) -> str | None:
    """Which standing edit says the opposite, in a sentence; None where none does."""
    wanted = {(pin.learner, pin.guide): pin.must for pin in edit.pins()}
    for number, other in standing(log):
        for pin in other.pins():
            must = wanted.get((pin.learner, pin.guide))
            if must is not None and must != pin.must:
                says = "must be a pair" if pin.must == "pair" else "must not be a pair"
                return f"{pin.learner} - {pin.guide} {says} by edit {number}: undo that one first."
    return None
