"""What an edit of seats costs, asked of a solved plan."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.candidates.pods.rules import reasons
from matcher.domain.edit import Edit, EditPrice
from matcher.domain.errors import PeerloomError
from matcher.domain.explanation import Effect
from matcher.domain.pods_explanation import SeatOption
from matcher.domain.program import PinnedSeat
from matcher.planning.pods.explain.asked import Asked
from matcher.planning.pods.explain.explain import effect_of
from matcher.planning.pods.explain.moves import moves_of


class Clash(PeerloomError):
    """An edit that cannot hold, against a rule or the plan; the sentence says what is in the way."""


def price_edit(asked: Asked, edit: Edit, undone: Sequence[PinnedSeat]) -> EditPrice:
    """Audit and price one edit. `undone`: what edits asked for that hold no more, which the plan's document
    may still hold.

    The price is that of the best option in which all other seats stay; the run around the edit may find
    better. Raises `Clash`, `UnknownIdError` for strangers, `InputError` for one who takes no part.
    """
    member, pod = str(edit.member), str(edit.pod)
    asked = asked.freed([(seat.member, seat.pod) for seat in undone])
    i, p = asked.number_of(member), asked.pod_number(pod)
    seated = asked.state.has_seat(i, p)
    if edit.op == "pin":
        if seated:
            return EditPrice(effect=_nothing(), sentences=("They are in it already; now they stay.",))
        return _into(asked, member, pod, [])
    if edit.op == "forbid" and not seated:
        return EditPrice(effect=_nothing(), sentences=("They are not in it now; they will not be.",))
    if not seated:
        raise Clash(f"{member} is not in {pod}, so the seat cannot be changed.")
    if (i, p) in asked.state.pins:
        raise Clash(
            f"{member} in {pod} is fixed by the program, by an edit or as a frozen seat: undo that first."
        )
    if edit.op == "forbid":
        options = [one for one in moves_of(asked, member).options if one.source == pod]
        if not options:
            return EditPrice(sentences=("What it costs is known when the plan is solved around it.",))
        return _priced(member, options, ())
    if edit.op == "move":
        return _into(asked, member, str(edit.other_pod), [pod])
    other, elsewhere = str(edit.other_member), str(edit.other_pod)
    j, q = asked.number_of(other), asked.pod_number(elsewhere)
    if not asked.state.has_seat(j, q):
        raise Clash(f"{other} is not in {elsewhere}, so the two cannot be swapped.")
    if (j, q) in asked.state.pins:
        raise Clash(f"{other} in {elsewhere} is fixed by hand or frozen: undo that first.")
    overrides = (*_overrides(asked, member, elsewhere), *_overrides(asked, other, pod))
    options = [
        one
        for one in moves_of(asked, member).options
        if (one.kind, one.source, one.target, one.other) == ("swap", pod, elsewhere, other)
    ]
    return _priced(member, options, tuple(dict.fromkeys(overrides)))


def _into(asked: Asked, member: str, pod: str, sources: list[str]) -> EditPrice:
    """The price of a seat in a pod, given up for it the seat in one of `sources` (empty: whichever)."""
    overrides = _overrides(asked, member, pod)
    found = moves_of(asked, member)
    options = [one for one in found.options if one.target == pod and (not sources or one.source in sources)]
    barred = next((one.sentence for one in found.barred if one.pod == pod), None)
    return _priced(member, options, overrides, barred)


def _overrides(asked: Asked, member: str, pod: str) -> tuple[str, ...]:
    """Codes of the rules that a forced seat sets aside. Raises `Clash` for one that nobody may."""
    table = asked.prepared.table
    i, p = asked.number_of(member), asked.pod_number(pod)
    against = reasons(asked.prepared.context, table.members[i], table.targets[p])
    for one in against:
        if not one.pin_overrides:
            raise Clash(f"{member} cannot be in {pod}: {one.sentence} No edit overrides that ({one.code}).")
    return tuple(one.code for one in against)


def _priced(
    member: str, options: Sequence[SeatOption], overrides: tuple[str, ...], barred: str | None = None
) -> EditPrice:
    effect = effect_of(options, member)
    told = [f"It sets aside: {', '.join(overrides)}."] if overrides else []
    if effect is not None:
        told.append(effect.sentence)
    else:
        told += [barred] if barred is not None and not overrides else []
        told.append("What it costs is known when the plan is solved around it.")
    return EditPrice(overrides=overrides, effect=effect, sentences=tuple(told))


def _nothing() -> Effect:
    return Effect(possible=True, exact=True, sentence="The plan stays as good as it is.")
