"""What an edit by hand costs, and whether all of them can hold together; asked of a solved plan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matcher.domain.edit import Edit, EditPrice
from matcher.domain.errors import InputError, PeerloomError
from matcher.domain.explanation import Effect, PairExplanation
from matcher.domain.program import PinnedPair
from matcher.planning.overlay import Overlay
from matcher.planning.pairs.explain.asked import Asked
from matcher.planning.pairs.explain.explain import COORDINATOR, effect_of, explain_pair
from matcher.planning.pairs.instance import assemble
from matcher.planning.pairs.pins import read_pins
from solvers.limits import Limits
from solvers.pairs.edges import Edges
from solvers.pairs.explain import exchange
from solvers.pairs.explain.state import column, holds
from solvers.pairs.instance import Order


class Clash(PeerloomError):
    """Edits that cannot hold together, or against the plan; the sentence names the smallest set."""


def price_edit(
    asked: Asked, edit: Edit, pins: Sequence[PinnedPair], undone: Sequence[PinnedPair], limits: Limits
) -> EditPrice:
    """Audit and price one edit. `pins`: what all standing edits ask for, this one's included; `undone`: what
    the others asked for, which the plan's document may still hold.

    Raises `Clash`, `UnknownIdError` for strangers, `InputError` and `PolicyError` for people or rules that
    make it impossible.
    """
    freed = {(pin.learner, pin.guide) for pin in undone}
    _hold_together(asked, pins, freed)
    if edit.op == "swap":
        return _swap(asked, edit, limits)
    assert edit.learner is not None
    assert edit.guide is not None
    told = explain_pair(asked, edit.learner, edit.guide, COORDINATOR, limits)
    if edit.op == "pin" and told.together:
        return EditPrice(effect=_nothing(), sentences=("They are a pair already; now they stay one.",))
    if edit.op == "forbid" and not told.together:
        return EditPrice(effect=_nothing(), sentences=("They are no pair now; they will not become one.",))
    if edit.op == "forbid" and told.pinned and (edit.learner, edit.guide) not in freed:
        raise Clash(
            f"{edit.learner} - {edit.guide} is fixed by the program, by an edit or as a frozen pair: "
            "take that away first."
        )
    overrides = tuple(rule.code for rule in told.rules) if edit.op == "pin" else ()
    return EditPrice(overrides=overrides, effect=_possible(told.effect), sentences=told.sentences)


def _hold_together(asked: Asked, pins: Sequence[PinnedPair], freed: set[tuple[str, str]]) -> None:
    """Read all pins as the next run will."""
    prepared = asked.prepared
    assert prepared is not None, "plans of the store come from network documents"
    overlay = Overlay(program=prepared.program.id, pins=tuple(pins))
    program = next(one for one in overlay.on(prepared.header).programs if one.id == prepared.program.id)
    asked_for = {(pin.learner, pin.guide) for pin in pins}
    program = program.model_copy(
        update={
            "pins": tuple(
                pin
                for pin in program.pins
                if (pin.learner, pin.guide) not in freed or (pin.learner, pin.guide) in asked_for
            )
        }
    )
    forced = read_pins(prepared.candidates, program)
    result = assemble(
        prepared.source,
        program,
        prepared.policy,
        prepared.kind,
        prepared.candidates,
        prepared.running,
        forced,
        asked.instance.edges,
    )
    if result.conflict:
        raise Clash("These cannot hold together: " + "; ".join(result.conflict))


def _swap(asked: Asked, edit: Edit, limits: Limits) -> EditPrice:
    old = ((edit.learner, edit.guide), (edit.other_learner, edit.other_guide))
    new = ((edit.learner, edit.other_guide), (edit.other_learner, edit.guide))
    for learner, guide in old:
        i, j = asked.learner.get(str(learner)), asked.guide.get(str(guide))
        if i is None or j is None or not holds(asked.pairs, i, j):
            raise Clash(f"{learner} - {guide} is no pair of this plan, so it cannot be swapped.")
        if holds(asked.instance.pinned, i, j):
            raise Clash(f"{learner} - {guide} is fixed by hand or frozen: take that away first.")
    told = [explain_pair(asked, str(learner), str(guide)) for learner, guide in new]
    overrides = tuple(dict.fromkeys(rule.code for one in told for rule in one.rules))
    effect = None
    if asked.instance.order is not Order.STABLE:
        outcome = exchange(asked.state, _edges(asked, new, told), _edges(asked, old, None), limits)
        effect = _possible(effect_of(asked, outcome, COORDINATOR, "swap"))
    sentences = [f"{one.learner} - {one.guide}: {sentence}" for one in told for sentence in one.sentences[:1]]
    if effect is not None:
        sentences.append(effect.sentence)
    return EditPrice(overrides=overrides, effect=effect, sentences=tuple(sentences))


def _edges(
    asked: Asked, pairs: Sequence[tuple[str | None, str | None]], told: Sequence[PairExplanation] | None
) -> Edges:
    learners = np.concatenate([column(asked.learner[str(learner)]) for learner, _ in pairs])
    guides = np.concatenate([column(asked.guide[str(guide)]) for _, guide in pairs])
    if told is None:
        return Edges(learners, guides, np.asarray(asked.instance.edges.points(learners, guides)))
    points = [one.points for one in told]
    if None in points:
        raise InputError("Two who take no part in their roles cannot be a pair.")
    return Edges(learners, guides, np.array(points, np.int32))


def _possible(effect: Effect | None) -> Effect | None:
    """An effect that is known: the present revision may lack room that a pin makes for people without any."""
    return effect if effect is not None and effect.possible else None


def _nothing() -> Effect:
    return Effect(possible=True, exact=True, sentence="The plan stays as good as it is.")
