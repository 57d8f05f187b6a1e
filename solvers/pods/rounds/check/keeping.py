"""Groups of a plan before: which of them can go on, and which do, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from solvers.pods.rounds.instance import Group, Round, RoundsInstance


def worth_keeping(instance: RoundsInstance, number: int) -> tuple[Group, ...]:
    """Those who still come of each group before of an open round, where they can go on together
    (`RoundsInstance.rests`)."""
    return tuple(rest for rest, reason in instance.rests[number - len(instance.held)] if not reason)


def going_on(rests: Sequence[Group], groups: Round) -> list[int | None]:
    """Of each group before, the place of the group in which all of those who still come sit together; None
    where there is none. A group is the going on of one at most."""
    at = {i: g for g, group in enumerate(groups) for i in group}
    taken: set[int] = set()
    found: list[int | None] = []
    for rest in rests:
        places = {at.get(i) for i in rest}
        place = places.pop() if len(places) == 1 else None
        found.append(place if place not in taken else None)
        if place is not None:
            taken.add(place)
    return found


def changed_groups(instance: RoundsInstance, rounds: Sequence[Round]) -> int:
    """Groups before that could go on and do not, over all open rounds."""
    return sum(
        place is None
        for number in instance.open_rounds
        for place in going_on(worth_keeping(instance, number), rounds[number])
    )


def fewest_broken(instance: RoundsInstance, number: int, rests: Sequence[Group]) -> tuple[int, int] | None:
    """How many of the groups worth keeping cannot go on at least where all who come are to have a group, and
    how many further groups there are then at least; None where not everybody can have one.

    With k of them going on beside q further groups, of n people, k groups of at least their own size (or the
    least) and q of the least size have no more than n places, and all of the most size no fewer. Large groups
    are broken first: that helps most.
    """
    people = int(instance.attendance[:, number].sum())
    sizes = sorted((max(len(rest), instance.least) for rest in rests), reverse=True)
    for broken in range(len(sizes) + 1):
        kept = sizes[broken:]
        further = max(0, -(-people // instance.most) - len(kept))
        if sum(kept) + further * instance.least <= people:
            return broken, further
    return None
