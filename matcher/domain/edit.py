"""What a coordinator changes in a plan by hand: pairs, seats, meetings or turns pinned or swapped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from matcher.domain.base import Identifier, Instant, Model, Text
from matcher.domain.explanation import Effect
from matcher.domain.family import Family
from matcher.domain.rota_policy import RoleName


@dataclass(frozen=True)
class Ask:
    """What an edit asks of the next run: that `first` and `second` be together, or that they be not. They are
    a learner and a guide, a member and a pod, or two members in a round (None: in all of them; `second`
    empty: `first` is with nobody)."""

    first: str
    second: str
    wanted: bool
    note: str = ""
    round: int | None = None

    @property
    def place(self) -> tuple[str, str, int | None]:
        """What it is about."""
        return self.first, self.second, self.round

    def against(self, other: Ask) -> bool:
        """Whether the two say the opposite."""
        if self.wanted is other.wanted:
            return False
        if self.place == other.place:
            return True
        if not self.wanted:
            self, other = other, self
        if self.round is None:
            return False
        mine = {self.first, self.second}
        if not other.second:
            return other.round == self.round and other.first in mine
        return other.round is None and mine == {other.first, other.second}

    @property
    def words(self) -> str:
        """Whom it is about, and when."""
        named = " - ".join(filter(None, (self.first, self.second)))
        return named if self.round is None else f"{named} in round {self.round}"


TIME = ""
"""What stands in place of a member where an `Ask` is about the time of a session; its note begins with it."""

_PAIR, _OTHER_PAIR = ("learner", "guide"), ("other_learner", "other_guide")
_SEAT, _OTHER_SEAT = ("member", "pod"), ("other_member", "other_pod")
_NEEDED: dict[tuple[str, Family], tuple[str, ...]] = {
    ("pin", Family.PAIRS): _PAIR,
    ("forbid", Family.PAIRS): _PAIR,
    ("swap", Family.PAIRS): _PAIR + _OTHER_PAIR,
    ("pin", Family.PODS): _SEAT,
    ("forbid", Family.PODS): _SEAT,
    ("swap", Family.PODS): _SEAT + _OTHER_SEAT,
    ("move", Family.PODS): (*_SEAT, "other_pod"),
    ("pin", Family.ROUNDS): ("member", "other_member", "round"),
}
_TURN, _OTHER_TURN = ("member", "turn"), ("other_member", "other_turn")
_TURN_NEEDS: dict[str, tuple[str, ...]] = {
    "pin": _TURN,
    "forbid": _TURN,
    "move": (*_TURN, "other_member"),
    "swap": _TURN + _OTHER_TURN,
    "retime": ("turn", "start"),
}
_NAMES = (*_PAIR, *_OTHER_PAIR, *_SEAT, *_OTHER_SEAT, "round")


class TurnName(Model):
    """One turn of a rota, or several: `key` names the group, `index` its session (None: all of them), `role`
    what one does (None: anything)."""

    key: tuple[Identifier, ...] = Field(min_length=1, max_length=2)
    index: int | None = Field(default=None, ge=0, le=370)
    role: RoleName | None = None

    def text(self) -> str:
        """As an `Ask` names it."""
        return json.dumps([self.key, self.index, self.role], ensure_ascii=False)


class Edit(Model):
    """One change by hand: of pairs (learner, guide), of seats in pods (member, pod), of meetings in rounds
    (member, other_member, round), or of turns (member, turn).

    pin: the two must be together (in that `round`). forbid: they must not; in rounds, member and other_member
    never share a group, or the member comes to no group of `round`. swap: two pairs exchange their guides,
    two seats their members, or two people their turns. move: a member leaves `pod` for `other_pod`, or gives
    a turn to `other_member`. retime: the session of `turn` begins at `start`. undo: the edit `number` no
    longer holds (the latest, where none is named).
    """

    op: Literal["pin", "forbid", "swap", "move", "retime", "undo"]
    learner: Identifier | None = None
    guide: Identifier | None = None
    other_learner: Identifier | None = None
    other_guide: Identifier | None = None
    member: Identifier | None = None
    pod: Identifier | None = None
    other_member: Identifier | None = None
    other_pod: Identifier | None = None
    turn: TurnName | None = None
    other_turn: TurnName | None = None
    start: Instant | None = None
    round: int | None = Field(default=None, ge=1, le=200)
    number: int | None = Field(default=None, ge=1, le=2_000_000_000)
    note: Text = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.op != "undo" and self.family is Family.ROTA:
            return self._complete_turns()
        if self.op == "undo":
            needed: tuple[str, ...] = ()
        else:
            found = _NEEDED.get((self.op, self.family))
            if (self.op, self.family) == ("forbid", Family.ROUNDS):
                found = ("member", "other_member" if self.round is None else "round")
            if found is None:
                what = "pairs or seats in pods" if self.op == "swap" else "seats in pods"
                raise ValueError(f"{self.op} is for {what}: it needs member, pod and other_pod")
            needed = found
            if self.number is not None:
                raise ValueError(f"{self.op} takes no number")
        for name in (*_NAMES, "turn", "other_turn", "start"):
            given = getattr(self, name) is not None
            if name in needed and not given:
                raise ValueError(f"{self.op} needs {name}")
            if given and name not in needed:
                raise ValueError(f"{self.op} takes no {name}")
        if self.op == "swap" and self.family is Family.PAIRS:
            if self.learner == self.other_learner or self.guide == self.other_guide:
                raise ValueError("a swap needs two learners and two guides")
        elif self.family is Family.ROUNDS:
            if self.member == self.other_member:
                raise ValueError(f"a {self.op} needs two members")
        elif self.op in ("swap", "move") and (self.pod == self.other_pod or self.member == self.other_member):
            raise ValueError(
                f"a {self.op} needs two pods" + (" and two members" if self.op == "swap" else "")
            )
        return self

    def _complete_turns(self) -> Self:
        needed = _TURN_NEEDS[self.op]
        for name in (*dict.fromkeys((*_NAMES, *_TURN, *_OTHER_TURN)), "start", "number"):
            given = getattr(self, name) is not None
            if given is not (name in needed):
                says = "takes no" if given else "needs"
                raise ValueError(f"{self.op} of turns {says} {name}")
        if self.op in ("swap", "move") and self.member == self.other_member:
            raise ValueError(f"a {self.op} of turns needs two members")
        if self.op == "swap" and self.turn == self.other_turn:
            raise ValueError("a swap needs two turns")
        if self.op == "retime" and (self.turn is None or self.turn.index is None or self.turn.role):
            raise ValueError("retime is about a session: it needs a turn with key and index, no role")
        return self

    @property
    def family(self) -> Family:
        """What it changes: turns where one is named, seats where a pod is, rounds where a round or two
        members are, else pairs."""
        if self.op == "retime" or self.turn is not None or self.other_turn is not None:
            return Family.ROTA
        given = {name for name in _NAMES if getattr(self, name) is not None}
        if self.op == "move":
            return Family.PODS
        if not given or given & {*_PAIR, *_OTHER_PAIR}:
            return Family.PAIRS
        if not given & {"pod", "other_pod"} and given & {"round", "other_member"}:
            return Family.ROUNDS
        return Family.PODS

    def asks(self) -> tuple[Ask, ...]:
        """What it asks of the next run."""
        if self.op == "undo":
            return ()
        if self.family is Family.ROTA:
            return self._asks_of_turns()
        if self.family is Family.ROUNDS:
            member, other = str(self.member), self.other_member or ""
            first, second = sorted((member, other)) if other else (member, other)
            return (Ask(first, second, self.op == "pin", self.note, self.round),)
        names = _PAIR + _OTHER_PAIR if self.family is Family.PAIRS else _SEAT + _OTHER_SEAT
        one, place, other, elsewhere = (str(getattr(self, name)) for name in names)
        rows = {
            "pin": [(one, place, True)],
            "forbid": [(one, place, False)],
            "move": [(one, elsewhere, True), (one, place, False)],
            "swap": [
                (one, elsewhere, True),
                (other, place, True),
                (one, place, False),
                (other, elsewhere, False),
            ],
        }[self.op]
        return tuple(Ask(first, second, wanted, self.note) for first, second, wanted in rows)

    def _asks_of_turns(self) -> tuple[Ask, ...]:
        assert self.turn is not None
        if self.start is not None:
            return (Ask(TIME, self.turn.text(), True, f"{self.start.isoformat()} {self.note}".rstrip()),)
        one, other, turn = str(self.member), str(self.other_member), self.turn.text()
        rows = [(one, turn, self.op == "pin")]
        if self.op == "move":
            rows.append((other, turn, True))
        if self.other_turn is not None:
            elsewhere = self.other_turn.text()
            rows += [(other, turn, True), (one, elsewhere, True), (other, elsewhere, False)]
        return tuple(Ask(first, second, wanted, self.note) for first, second, wanted in rows)


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
    for number, other in standing(log):
        for ask in other.asks():
            if any(ask.against(mine) for mine in edit.asks()):
                says = "must be together" if ask.wanted else "must not be together"
                says = says if ask.second else "must have no group"
                return f"{ask.words} {says} by edit {number}: undo that one first."
    return None
