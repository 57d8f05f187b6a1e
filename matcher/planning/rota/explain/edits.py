"""What an edit of turns costs, asked of a rota that was made."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.candidates.rota.rules import standing_reasons, step_reasons
from matcher.domain.edit import Edit, EditPrice, TurnName
from matcher.domain.errors import UnknownIdError
from matcher.domain.explanation import Effect
from matcher.planning.rota.explain.asked import Asked, Clash
from matcher.planning.rota.explain.turns import explain_turn
from solvers.rota.times.check.score import attending

LATER = "What it costs is known when the plan is solved around it."


def price_edit(asked: Asked, edit: Edit) -> EditPrice:
    """Audit and price one edit: what it does with all else as it is; the run around it may find better.

    Raises `Clash` for what no edit may set aside, `UnknownIdError` for strangers and unknown turns.
    """
    assert edit.turn is not None
    if edit.op == "retime":
        return _retimed(asked, edit.turn, edit)
    member = asked.row(str(edit.member))
    turns = turns_named(asked, edit.turn)
    if edit.op == "pin":
        return _given(asked, member, turns)
    mine = [turn for turn in turns if asked.person[turn] == member]
    if edit.op == "forbid":
        return _taken_away(asked, mine)
    if not mine:
        raise Clash(f"{edit.member} does not take that turn, so it cannot be given away.")
    other = asked.row(str(edit.other_member))
    if edit.op == "move":
        return _given(asked, other, mine[:1])
    assert edit.other_turn is not None
    theirs = [turn for turn in turns_named(asked, edit.other_turn) if asked.person[turn] == other]
    if not theirs:
        raise Clash(f"{edit.other_member} does not take the other turn, so the two cannot be swapped.")
    person = asked.after({mine[0]: other, theirs[0]: member})
    overrides = (*_overrides(asked, other, mine[0]), *_overrides(asked, member, theirs[0]))
    return _priced(asked, person, overrides)


def _retimed(asked: Asked, name: TurnName, edit: Edit) -> EditPrice:
    """A session at another time: who can come then. Raises `Clash` where too few can."""
    context, times = asked.prepared.context, asked.prepared.times
    for group, numbers in zip(context.groups, times.groups, strict=True):
        weeks = {group.index(t): t for t in range(len(group.weeks))}
        if group.key == name.key and name.index in weeks:
            assert edit.start is not None
            step = context.step(edit.start)
            if step is None or step + numbers.length > context.n_steps:
                raise Clash("The time is off the quarters of an hour, or outside the cycle.")
            here = attending(times, numbers, step)
            missing = [asked.prepared.people[i].name for i in numbers.members if i not in here]
            if len(here) < numbers.quorum or not set(numbers.required) <= set(here):
                raise Clash(
                    f"{len(here)} of {len(numbers.members)} can come to {group.title} then, and "
                    f"{numbers.quorum} are needed; not {', '.join(missing)}."
                )
            told = f"{len(here)} of {len(numbers.members)} can come then."
            return EditPrice(sentences=(told, LATER))
    raise UnknownIdError("session", f"{' + '.join(name.key)} {name.index}")


def turns_named(asked: Asked, name: TurnName) -> list[int]:
    """The turns that a name is about, in order. Raises UnknownIdError where there are none."""
    found = []
    for turn, (group_id, t, role, _) in enumerate(asked.turns.places):
        group = asked.prepared.context.group[group_id]
        if group.key == name.key and name.index in (None, group.index(t)) and name.role in (None, role):
            found.append(turn)
    if not found:
        asked.turn(name.key, name.index or 0, name.role or "lead")
    return found


def _given(asked: Asked, member: int, turns: Sequence[int]) -> EditPrice:
    """Somebody takes one turn of each session named, in place of who has it."""
    if any(asked.person[turn] == member for turn in turns):
        return EditPrice(effect=_nothing(), sentences=("They take it already; now they keep it.",))
    sessions = dict.fromkeys(asked.turns.places[turn][:2] for turn in turns)
    changes: dict[int, int] = {}
    overrides: list[str] = []
    for place in sessions:
        own = [turn for turn in turns if asked.turns.places[turn][:2] == place]
        best = next((t for t in own if asked.turns.instance.choices.entry(t, member) >= 0), own[0])
        changes[best] = member
        overrides += _overrides(asked, member, best)
    return _priced(asked, asked.after(changes), tuple(overrides))


def _taken_away(asked: Asked, turns: Sequence[int]) -> EditPrice:
    if not turns:
        return EditPrice(effect=_nothing(), sentences=("They do not take it now; they will not.",))
    best = explain_turn(asked, turns[0]).stand_ins
    if len(turns) == 1 and best:
        return EditPrice(effect=best[0].effect, sentences=(f"{best[0].name} could take it.", LATER))
    return EditPrice(sentences=(LATER,))


def _overrides(asked: Asked, member: int, turn: int) -> tuple[str, ...]:
    """Codes of the rules on this turn that a pin sets aside. Raises `Clash` for one that nobody may."""
    name, _, role, _ = asked.turns.places[turn]
    group, person = asked.prepared.context.group[name], asked.prepared.people[member]
    found = standing_reasons(asked.prepared.context, person, group, role)
    found += step_reasons(asked.prepared.context, person, group, asked.turns.steps[turn])
    for one in found:
        if not one.pin_overrides:
            raise Clash(f"{person.name} cannot take it: {one.sentence} No edit overrides that ({one.code}).")
    return tuple(one.code for one in found)


def _priced(asked: Asked, person: Sequence[int], overrides: tuple[str, ...]) -> EditPrice:
    codes = tuple(dict.fromkeys(overrides))
    told = [f"It sets aside: {', '.join(codes)}."] if codes else []
    off = asked.objections(person)
    if off and not codes:
        told += [f"With everything else as it is: {off[0]}.", LATER]
        return EditPrice(sentences=tuple(told))
    effect = asked.effect(person)
    return EditPrice(overrides=codes, effect=effect, sentences=(*told, effect.sentence))


def _nothing() -> Effect:
    return Effect(possible=True, exact=True, sentence="The plan stays as good as it is.")
