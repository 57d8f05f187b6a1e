"""How many groups a round has, and of which sizes: near the size wished, and spread evenly."""

from __future__ import annotations

from functools import lru_cache

MAX_SIZE = 20


def bounds_of(size: int) -> tuple[int, int]:
    """Sizes that `size` may turn into where people do not divide: (least, most).

    Two groups of the least size never have more people than one of the most plus one, so that everybody has a
    group from the least size on: pairs may become one trio, groups of 4 become 3 or 5.
    """
    return max(2, (size + 2) // 2), size + 1


@lru_cache(maxsize=4096)
def group_sizes(people: int, size: int, least: int, most: int) -> tuple[int, ...]:
    """Sizes of a round's groups, largest first, for as many of `people` as can be seated.

    Among the numbers of groups that seat most people: the one whose sizes differ least in sum from `size`;
    of two, the one with smaller groups. Empty where there are fewer than `least` people.
    """
    best = ((people, 0, 0), (0, 0))
    for groups in range(1, people // least + 1):
        seated = min(people, groups * most)
        each, larger = divmod(seated, groups)
        off = larger * abs(each + 1 - size) + (groups - larger) * abs(each - size)
        best = min(best, ((people - seated, off, -groups), (each, larger)))
    (_, _, fewer), (each, larger) = best
    return (each + 1,) * larger + (each,) * (-fewer - larger)
