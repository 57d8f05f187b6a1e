"""Why open turns stay open, proven: rules that together leave nobody, and changes seen to help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.rota_plan import OpenTurn
from matcher.planning.rota.reasons import AWAY, Blocks, against, turn_rule
from matcher.planning.words import counted, listed

if TYPE_CHECKING:
    from matcher.planning.rota.instance import Prepared
    from matcher.planning.rota.turns import Turns
    from solvers.limits import Limits
    from solvers.rota.turns.conflict import Element
    from solvers.rota.turns.explain.open_turn import Repair

LOOKED_INTO = 6
"""Open turns that are looked into, those of leads first."""
SECONDS = 2.0
"""For each of them."""
REPAIRS = 3


def looked_into(
    prepared: Prepared, turns: Turns, person: Sequence[int], rows: Sequence[OpenTurn], limits: Limits
) -> tuple[OpenTurn, ...]:
    """The rows of open turns, the first with their conflict and the repairs that were tried, as far as
    time is left."""
    from solvers.rota.turns.explain.open_turn import why_open

    context = prepared.context
    number = {}
    for turn, (name, t, role, n) in enumerate(turns.places):
        group = context.group[name]
        number[group.kind, group.key, group.index(t), role, n] = turn
    held = np.array(person, np.int32)
    out = []
    for k, row in enumerate(rows):
        if k >= LOOKED_INTO or limits.over:
            out.append(row)
            continue
        turn = number[row.kind, row.key, row.index, row.role, row.number]
        few = replace(limits, seconds=limits.elapsed + min(SECONDS, limits.left))
        found = why_open(turns.instance, held, turn, few)
        repairs = tuple(_repair(prepared, turns, turn, one) for one in found.repairs[:REPAIRS])
        elements = found.elements if found.smallest else ()
        conflict = tuple(dict.fromkeys(_told(prepared, turns, one) for one in elements))
        if conflict and len(found.turns) > 1:
            others = [turns.instance.turn_ids[one] for one in found.turns if one != turn]
            conflict = (*conflict, f"beside it these turns are to be taken: {listed(others)}")
        update = {"conflict": conflict, "repairs": repairs or row.repairs}
        out.append(row.model_copy(update=update))
    return tuple(out)


def _told(prepared: Prepared, turns: Turns, element: Element) -> str:
    """A rule in words, with whom it is about."""
    if element.code == "not_eligible":
        return "who may take it at all"
    words = turn_rule(element.code).rstrip(".")
    if element.person >= 0:
        return f"{words} ({prepared.people[element.person].name})"
    if element.organization >= 0:
        return f"{words} ({turns.instance.organization_ids[element.organization]})"
    return words


def _able(prepared: Prepared, turns: Turns, turn: int, i: int, name: str) -> str:
    """What would make somebody able to take a turn."""
    groups = [group.id for group in prepared.context.groups]
    blocks = Blocks(turns.instance, [-1] * turns.instance.n_turns)
    rules = dict(against(prepared, turns, blocks, turn, groups.index(turns.places[turn][0])))
    code = rules[i]
    if code in AWAY:
        return f"{name} free then"
    if code == "training":
        return f"{name} trained for it"
    if code == "hours_left":
        return f"more hours a month of {name}"
    return f"the rule {code} set aside for {name}"


def _repair(prepared: Prepared, turns: Turns, turn: int, repair: Repair) -> str:
    """A change that was seen to fill the turn."""
    element = repair.element
    who = prepared.people[int(repair.plan[turn])].name
    about = prepared.people[element.person].name if element.person >= 0 else who
    if element.code == "most":
        what = f"{counted(repair.amount, 'turn')} more of {about}"
    elif element.code == "hours":
        what = f"{repair.amount} minutes more of {about}"
    elif element.code == "organization_most":
        name = turns.instance.organization_ids[element.organization]
        what = f"{counted(repair.amount, 'turn')} more of the people of {name}"
    elif element.code == "not_eligible":
        what = _able(prepared, turns, turn, element.person, about)
    elif element.code == "pinned":
        what = f"the pin of {about} removed"
    else:
        what = f"the rule {element.code} set aside once"
    moved = f", and {counted(repair.moved, 'other turn')} changed hands" if repair.moved else ""
    return f"With {what}{moved}, {who} takes it."
