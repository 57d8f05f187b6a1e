"""Whether what was set by hand can hold at all, and which of it cannot: a smallest set by deletion.

All rules say "at most", so an answer stays clean when turns are opened: what counts is which of `previous`
can be kept beside the pins. That is a small program, whatever the size of the instance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from solvers.engine import Found, maximize
from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.turns.instance import Choices, Held, Index, TurnsInstance, Windows
from solvers.rota.turns.model import Model


@dataclass(frozen=True, order=True)
class Element:
    """One pin, or one rule that pins and kept turns can break.

    code: "pinned" (of turn and person), "most_broken", "most" and "hours" (of person), "organization_most"
    (of organization), "same_organization", or the code of hard windows. A number of -1 says nothing.
    """

    code: str
    turn: int = -1
    person: int = -1
    organization: int = -1

    def name(self, instance: TurnsInstance) -> str:
        """The element with ids: "pinned t1 p3"."""
        out = [self.code]
        out += [instance.turn_ids[self.turn]] if self.turn >= 0 else []
        out += [instance.person_ids[self.person]] if self.person >= 0 else []
        out += [instance.organization_ids[self.organization]] if self.organization >= 0 else []
        return " ".join(out)


def keep(instance: TurnsInstance, limits: Limits) -> tuple[Status, Index | None]:
    """The pins with as many turns of `previous` as they and the rules allow, all others open; None where
    there is no such assignment (infeasible), or none was found."""
    found, model = _kept(instance, limits)
    return found.status, None if found.values is None else model.read(found.values)


def clash(instance: TurnsInstance, limits: Limits) -> tuple[Element, ...]:
    """A minimal set of pins and rules that no assignment keeps together.

    Minimal and verified: the set has no answer (proven twice, see `solvers.engine`), and without any one of
    its elements there is one. Empty where all can hold, or the time ends before that is known.
    """
    left = _elements(instance)
    if not _impossible(instance, left, limits):
        return ()
    for one in list(left):
        if limits.over:
            return ()
        others = [other for other in left if other != one]
        if _impossible(instance, others, limits):
            left = others
    return tuple(sorted(left))


def _elements(instance: TurnsInstance) -> list[Element]:
    """Rules first, what was set by hand last: deletion then keeps pins rather than rules."""
    held = [*instance.pinned.rows(), *instance.previous.rows()]
    out = [Element(code, person=i) for code in ("most", "hours") for i in sorted({i for _, i in held})]
    out += [Element(code) for code in instance.windows.codes]
    out += [
        Element("organization_most", organization=o)
        for o in sorted({int(instance.organization[i]) for _, i in held})
        if instance.organization_most[o] >= 0
    ]
    out += [Element("same_organization")] if instance.mixed else []
    out += [Element("most_broken")] if instance.most_broken is not None else []
    return out + [Element("pinned", t, i) for t, i in instance.pinned.rows()]


def _impossible(instance: TurnsInstance, elements: Iterable[Element], limits: Limits) -> bool:
    found, _ = _kept(only(instance, set(elements)), limits)
    return found.status is Status.INFEASIBLE


def only(instance: TurnsInstance, elements: set[Element]) -> TurnsInstance:
    """The instance with these elements alone; what is structure (who may take what, two turns of one session)
    stays."""
    every = np.arange(instance.n_people)
    most, budget = instance.most.copy(), instance.budget.copy()
    most[[i for i in every.tolist() if Element("most", person=i) not in elements]] = instance.n_turns
    budget[[i for i in every.tolist() if Element("hours", person=i) not in elements]] = 1_000_000
    rooms = instance.organization_most.copy()
    for o in range(instance.n_organizations):
        if Element("organization_most", organization=o) not in elements:
            rooms[o] = -1
    windows = instance.windows
    rows = [
        (windows.codes[int(windows.code[w])], windows.turns(w).tolist(), int(windows.most[w]), 0)
        for w in range(len(windows))
        if not windows.cost[w] and Element(windows.codes[int(windows.code[w])]) in elements
    ]
    return replace(
        instance,
        most=most,
        budget=budget,
        organization_most=rooms,
        windows=Windows.of(rows),
        mixed=Element("same_organization") in elements,
        most_broken=instance.most_broken if Element("most_broken") in elements else None,
        pinned=Held.of([(t, i) for t, i in instance.pinned.rows() if Element("pinned", t, i) in elements]),
    )


def _kept(instance: TurnsInstance, limits: Limits) -> tuple[Found, Model]:
    core = replace(
        instance, choices=Choices.of(instance.n_turns, [(t, i, 0, 0) for t, i in instance.previous.rows()])
    )
    model = Model(core)
    program = model.rows.program()
    at = model.columns_of(instance.previous.turn, instance.previous.person)
    return maximize(program, model.objective(at, 1), limits, phase="conflict"), model
