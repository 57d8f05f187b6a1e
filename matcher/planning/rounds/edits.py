"""What an edit of rounds asks, held against the rules and the plan, and what the nearest way to it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.domain.edit import EditPrice
from matcher.domain.errors import PeerloomError, UnknownIdError
from matcher.domain.explanation import Effect, SeatMove
from matcher.planning.effects import cost_words, tier_effects
from solvers.pods.rounds.check.score import tier_values
from solvers.result import sort_key

if TYPE_CHECKING:
    from matcher.domain.edit import Edit
    from matcher.planning.rounds.explain import Asked
    from solvers.pods.rounds.instance import Round, RoundsInstance

MOST_WEIGHED = 400_000
"""Options that are weighed, times people, times rounds; four at least."""

LATER = "What it costs is known when the plan is solved around it."


class Clash(PeerloomError):
    """An edit that cannot hold, against a rule or the plan; the sentence says what is in the way."""


def price_edit(asked: Asked, edit: Edit) -> EditPrice:
    """Audit and price one edit. The price is that of the best change of places in one round that does what is
    asked, all else as it is; the run around the edit may find better.

    Raises `Clash`, and `UnknownIdError` for strangers and rounds that there are not.
    """
    people = [one for one in (edit.member, edit.other_member) if one is not None]
    _check(asked, people, edit.round)
    number = asked.prepared.number
    first = number[people[0]]
    instance = asked.prepared.instance
    if edit.op == "pin":
        if not instance.allows([number[one] for one in people]):
            why = "an avoid list, an edit, competitors or want of a common language part them"
            raise Clash(f"{' and '.join(people)} may not share a group: {why}.")
        at = int(edit.round or 1) - 1
        second = number[people[1]]
        if _group(asked.rounds[at], first) == _group(asked.rounds[at], second):
            return _nothing("They share a group there already; now they will.")
        options = [
            *_joining(instance, asked, at, first, second),
            *_joining(instance, asked, at, second, first),
        ]
        return _best(asked, instance, at, options)
    if edit.round is not None:
        at = edit.round - 1
        away = instance.attendance.copy()
        away[first, at] = False
        without = replace(
            instance, attendance=away, together=tuple(t for t in instance.together if first not in t[1:])
        )
        return _best(asked, without, at, _leaving(asked, at, first, instance.least))
    second = number[people[1]]
    shared = [
        at
        for at in instance.open_rounds
        if (mine := _group(asked.rounds[at], first)) is not None and mine == _group(asked.rounds[at], second)
    ]
    if not shared:
        return _nothing("They share no group to come; now they will not.")
    if len(shared) > 1:
        told = f"They share a group in rounds {', '.join(str(at + 1) for at in shared)}."
        return EditPrice(sentences=(told, LATER))
    return _best(asked, instance, shared[0], _parting(asked, shared[0], first, second))


def _check(asked: Asked, people: Sequence[str], round_: int | None) -> None:
    """Raise what stands against asking about these people and this round."""
    plan = asked.plan
    for person in people:
        if person not in asked.prepared.members:
            raise UnknownIdError("member", person)
        if person not in asked.prepared.number:
            row = next(one for one in plan.not_taking_part if one.member == person)
            raise Clash(f"{person} takes part in no round: {row.sentence}")
    if round_ is None:
        return
    if round_ > len(plan.rounds):
        raise UnknownIdError("round", str(round_), f"The plan has {len(plan.rounds)}.")
    one = plan.rounds[round_ - 1]
    if one.held:
        raise Clash(f"Round {round_} took place already, and stays as it was.")
    for person in people:
        if person in one.absent:
            raise Clash(f"{person} does not come to round {round_}.")


def _group(groups: Round, person: int) -> tuple[int, ...] | None:
    return next((group for group in groups if person in group), None)


def _swapped(groups: Round, one: int, other: int) -> Round:
    change = {one: other, other: one}
    return tuple(tuple(sorted(change.get(i, i) for i in group)) for group in groups)


def _joining(instance: RoundsInstance, asked: Asked, at: int, mover: int, stayer: int) -> Iterator[Round]:
    """Rounds in which one comes into the group of another: as one more, or in somebody's place."""
    groups = asked.rounds[at]
    target, source = _group(groups, stayer), _group(groups, mover)
    if target is None:
        return
    rest = tuple(i for i in source or () if i != mover)
    if len(target) < instance.most and (not rest or len(rest) >= instance.least):
        others = [group for group in groups if group not in (target, source)]
        yield (*others, *([rest] if rest else []), tuple(sorted((*target, mover))))
    for one in target:
        if one != stayer:
            yield _swapped(groups, mover, one)


def _leaving(asked: Asked, at: int, person: int, least: int) -> Iterator[Round]:
    """The round without one person, where their group can do without."""
    group = _group(asked.rounds[at], person)
    if group is None:
        yield asked.rounds[at]
    elif len(group) > least:
        yield tuple(tuple(i for i in one if i != person) for one in asked.rounds[at])


def _parting(asked: Asked, at: int, first: int, second: int) -> Iterator[Round]:
    """Rounds in which one of two changes places with somebody of another group."""
    groups = asked.rounds[at]
    mine = _group(groups, first)
    for group in groups:
        if group != mine:
            for one in group:
                yield _swapped(groups, first, one)
                yield _swapped(groups, second, one)


def _best(
    asked: Asked, instance: RoundsInstance, at: int, options: Iterator[Round] | list[Round]
) -> EditPrice:
    """The best of some ways to form one round, as what it does to the plan."""
    pins = [(i, j) for number, i, j in instance.together if number == at]
    most = max(4, MOST_WEIGHED // max(1, instance.n_people * instance.n_rounds))
    best: tuple[object, Round, tuple[Round, ...]] | None = None
    weighed = 0
    for option in options:
        changed = [group for group in option if group not in asked.rounds[at]]
        broken = any((i in group) != (j in group) for group in changed for i, j in pins)
        if broken or not all(instance.allows(group) for group in changed):
            continue
        whole = (*asked.rounds[:at], option, *asked.rounds[at + 1 :])
        key = sort_key(tier_values(instance, whole))
        if best is None or key > best[0]:  # type: ignore[operator]
            best = key, option, whole
        weighed += 1
        if weighed == most:
            break
    if best is None:
        return EditPrice(sentences=(LATER,))
    before = tier_values(asked.prepared.instance, asked.rounds)
    tiers = tier_effects(before, tier_values(instance, best[2]))
    ids, row = instance.person_ids, asked.plan.rounds[at]
    key_of = {who: key for key, group in zip(row.keys, row.groups, strict=True) for who in group}
    moves = []
    for group in best[1]:
        keys = [key_of[ids[i]] for i in group if ids[i] in key_of]
        home = max(sorted(set(keys)), key=keys.count)
        for i in group:
            old = key_of.pop(ids[i], None)
            if old != home:
                moves += [SeatMove(member=ids[i], pod=old, change="ends")] if old is not None else []
                moves.append(SeatMove(member=ids[i], pod=home, change="starts"))
    seated = {i for group in best[1] for i in group}
    gone = [who for who in key_of if asked.prepared.number[who] not in seated]
    moves += [SeatMove(member=who, pod=key_of[who], change="ends") for who in gone]
    effect = Effect(
        possible=True, exact=False, local=True, tiers=tiers, moves=tuple(moves), sentence=cost_words(tiers)
    )
    return EditPrice(effect=effect, sentences=(effect.sentence,))


def _nothing(sentence: str) -> EditPrice:
    effect = Effect(possible=True, exact=True, sentence="The plan stays as good as it is.")
    return EditPrice(effect=effect, sentences=(sentence,))
