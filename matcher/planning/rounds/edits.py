"""What an edit of rounds asks, held against the rules and the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.domain.edit import EditPrice
from matcher.domain.errors import PeerloomError, UnknownIdError
from matcher.domain.explanation import Effect

if TYPE_CHECKING:
    from matcher.domain.edit import Edit
    from matcher.planning.rounds.explain import Asked


class Clash(PeerloomError):
    """An edit that cannot hold, against a rule or the plan; the sentence says what is in the way."""


def price_edit(asked: Asked, edit: Edit) -> EditPrice:
    """Audit one edit, and say which groups of the plan it changes; what it costs the tiers is known when the
    plan is solved around it.

    Raises `Clash`, and `UnknownIdError` for strangers and rounds that there are not.
    """
    plan, people = asked.plan, [one for one in (edit.member, edit.other_member) if one is not None]
    for person in people:
        if person not in asked.prepared.members:
            raise UnknownIdError("member", person)
        if person not in asked.prepared.number:
            row = next(one for one in plan.not_taking_part if one.member == person)
            raise Clash(f"{person} takes part in no round: {row.sentence}")
    if edit.round is not None:
        if edit.round > len(plan.rounds):
            raise UnknownIdError("round", str(edit.round), f"The plan has {len(plan.rounds)}.")
        one = plan.rounds[edit.round - 1]
        if one.held:
            raise Clash(f"Round {edit.round} took place already, and stays as it was.")
        for person in people:
            if person in one.absent:
                raise Clash(f"{person} does not come to round {edit.round}.")
    open_ = [one for one in plan.rounds if not one.held and edit.round in (None, one.number)]
    touched = [(one.number, group) for one in open_ for group in one.groups if set(people) & set(group)]
    if edit.op == "pin":
        pair = tuple(asked.prepared.number[person] for person in people)
        if not asked.prepared.instance.allows(pair):
            why = "an avoid list, an edit or competitors part them"
            raise Clash(f"{' and '.join(people)} may not share a group: {why}.")
        if any(set(people) <= set(group) for _, group in touched):
            return _nothing("They share a group there already; now they will.")
    elif edit.round is None:
        touched = [(number, group) for number, group in touched if set(people) <= set(group)]
        if not touched:
            return _nothing("They share no group to come; now they will not.")
    told = [f"Round {number}: {asked.names(group)} change." for number, group in touched]
    return EditPrice(sentences=(*told, "What it costs is known when the plan is solved around it."))


def _nothing(sentence: str) -> EditPrice:
    effect = Effect(possible=True, exact=True, sentence="The plan stays as good as it is.")
    return EditPrice(effect=effect, sentences=(sentence,))
