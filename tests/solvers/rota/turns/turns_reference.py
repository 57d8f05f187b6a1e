"""Tiny turns instances drawn with every rule, and what enumeration of all assignments says of them."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st
from turns_cases import turns_instance

from solvers.rota.turns.check.audit import check
from solvers.rota.turns.check.score import rank
from solvers.rota.turns.instance import Attending, Held, Order, TurnsInstance, Windows


@st.composite
def tiny(draw: st.DrawFn, orders: tuple[Order, ...] = tuple(Order)) -> TurnsInstance:
    """At most four turns and three people; every kind of rule and tier turns up."""
    turns, people = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    organizations, classes = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    order = draw(st.sampled_from(orders))

    def whole(low: int, high: int, *shape: int) -> np.ndarray:
        size = int(np.prod(shape))
        drawn = draw(st.lists(st.integers(low, high), min_size=size, max_size=size))
        return np.array(drawn, np.int32).reshape(shape)

    rows = [
        (t, i, draw(st.integers(0, 3)), draw(st.integers(0, 2)))
        for t in range(turns)
        for i in range(people)
        if draw(st.integers(0, 4))
    ]
    able = {(t, i) for t, i, *_ in rows}
    windows = [
        (
            draw(st.sampled_from(["spacing", "period"])),
            sorted(draw(st.sets(st.integers(0, turns - 1), min_size=1))),
            draw(st.integers(0, 2)),
            draw(st.integers(0, 2)),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    pinned, previous, open_turns = [], [], []
    for t in range(turns):
        what, i = draw(st.integers(0, 5)), draw(st.integers(0, people - 1))
        if what == 0:
            pinned.append((t, i))
        elif what == 1:
            open_turns.append(t)
        elif what >= 4 and (t, i) in able:
            previous.append((t, i))
    session = whole(0, turns - 1, turns)
    attending = [
        (at, i, draw(st.integers(0, 2)))
        for at in sorted(set(session.tolist()))
        for i in range(people)
        if draw(st.integers(0, 3)) == 0
    ]
    return turns_instance(
        turns,
        people,
        rows,
        organization_ids=[f"o{k}" for k in range(organizations)],
        class_ids=[f"c{c}" for c in range(classes)],
        session=session,
        role=whole(0, 2, turns),
        hours=whole(0, 2, turns),
        class_of=whole(0, classes - 1, turns),
        organization=whole(0, organizations - 1, people),
        most=whole(0, turns, people),
        budget=whole(1, 6, people),
        capacity=np.array(
            draw(st.lists(st.sampled_from([0, 50, 75, 100]), min_size=people, max_size=people)), np.int32
        ),
        carried=whole(0, 3, people, classes).astype(np.int64) * 75,
        carried_burden=whole(0, 3, people).astype(np.int64),
        windows=Windows.of(windows),
        organization_most=whole(-1, 3, organizations),
        organization_share=whole(0, turns, organizations),
        wanted=whole(0, 2, people, 3) if draw(st.booleans()) else np.zeros((people, 3), np.int32),
        pinned=Held.of(pinned),
        open_turns=np.array(open_turns, np.int32),
        previous=Held.of(previous),
        attending=Attending.of(attending),
        mixed=draw(st.booleans()),
        order=order,
        changes=draw(st.sampled_from(["tier", "off"])),
        most_broken=draw(st.sampled_from([None, None, 0, 1])),
        spread_cost=whole(0, 2, classes) if order is Order.COST else np.zeros(0, np.int32),
    )


def best_of_all(instance: TurnsInstance) -> list[int] | None:
    """The best of all assignments that keep every rule; None where none does."""
    every = product(range(-1, instance.n_people), repeat=instance.n_turns)
    clean = [list(one) for one in every if not check(instance, list(one))]
    return min(clean, key=lambda one: rank(instance, one), default=None)
