"""From the columns of one pass to the sides of the match and the arrays that kernels read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matcher.candidates.context import Context, pulse_tenths, rivals
from matcher.candidates.kernel_pair import fill_common
from matcher.candidates.pack import Array, Pack, gather, records, starts
from matcher.candidates.packing import CAPACITY, Columns

MOST_TABLE_KINDS = 12_288
"""The table of common slots has at most the square of this many entries of two bytes (302 MB; 125 MB for the
7,900 weekly patterns of 150,000 drawn members). Beyond, every pair's slots are counted where it matters."""


@dataclass(frozen=True)
class Side:
    """The listed people of one side: their entry in the columns, their number, and ids in document order."""

    entry: Array
    number: Array
    ids: list[str]


def sides_of(columns: Columns) -> tuple[Side, Side]:
    """Learners and guides: who passes the member rules, or is named by a forcing pin, or already runs a pair
    that only the rule of capacity stands against."""
    names = list(columns.numbers)
    numbers = columns.table("number")
    sides = []
    for at, rules in enumerate((columns.table("l_rules"), columns.table("g_rules"))):
        listed = rules == 0
        runs = np.zeros(len(names), bool)
        runs[[pair[at] for pair in columns.running]] = True
        listed |= runs[numbers] & (rules & ~CAPACITY == 0)
        pinned = [
            columns.numbers.get((pin.learner, pin.guide)[at], -1)
            for pin in columns.frame.program.pins
            if pin.must == "pair"
        ]
        listed |= np.isin(numbers, np.array(pinned, np.int32))
        entry = np.flatnonzero(listed)
        number = numbers[entry]
        sides.append(Side(entry, number, [names[k] for k in number]))
    return sides[0], sides[1]


def assemble(columns: Columns, learners: Side, guides: Side, workers: int = 2) -> Pack:
    """All arrays of `Pack`."""
    frame = columns.frame
    policy = frame.policy
    organization = np.array(columns.organization, np.int32)
    seniority, row = columns.table("seniority"), columns.table("row")
    special_start, special = _special(columns, learners, guides)
    slots, row_kind, row_lost, of_kind = columns.rows.arrays()
    n_slots = frame.calendar.n_slots
    if len(of_kind) <= MOST_TABLE_KINDS:
        common = _common(slots, of_kind, workers)
    else:
        common = np.full((1, 1), n_slots, np.uint16)
        row_kind, row_lost = np.zeros_like(row_kind), np.full_like(row_lost, n_slots)
    l_languages, l_goals = _side(columns, "language", learners), _side(columns, "goal", learners)
    g_languages, g_goals = _side(columns, "language", guides), _side(columns, "goal", guides)
    seek_start, seek_skill = _side(columns, "seek_skill", learners)
    seek_level = _side(columns, "seek_level", learners)[1]
    offer_start, offer_skill = _side(columns, "offer_skill", guides)
    sought, seek_sought = np.unique(seek_skill.astype(np.int64) * 8 + seek_level, return_inverse=True)
    n_skills = len(frame.skills.ids)
    related_start, related = _ragged([sorted(one.items()) for one in frame.skills.related])
    group, rival, barred = _organizations(frame, columns.organizations)
    tie_start, ties = _ties(columns, organization)
    gap = policy.seniority_gap.of(frame.kind)
    reach = max(gap.ideal - gap.least, gap.most - gap.ideal) + 1
    gaps = np.arange(-9, 10)
    month = np.arange(n_slots + 1) * 900 // frame.calendar.days
    full = policy.full_common_hours * 60
    language, goal = _both(l_languages, g_languages), _both(l_goals, g_goals)
    return Pack(
        learner=records(
            rules=columns.table("l_rules")[learners.entry],
            org=organization[learners.number],
            seniority=seniority[learners.entry],
            row=row[learners.entry],
            **_ends("language", language.first),
            **_ends("goal", goal.first),
            **_ends("seek", seek_start),
            **_ends("special", special_start),
        ),
        guide=records(
            rules=columns.table("g_rules")[guides.entry],
            org=organization[guides.number],
            seniority=seniority[guides.entry],
            row=row[guides.entry],
            **_ends("language", language.second),
            **_ends("goal", goal.second),
            **_ends("offer", offer_start),
            pulse=_pulses(columns)[guides.number],
        ),
        seek=records(
            skill=seek_skill,
            level=seek_level,
            priority=_side(columns, "seek_priority", learners)[1],
            sought=seek_sought,
        ),
        offer=records(skill=offer_skill, level=_side(columns, "offer_level", guides)[1]),
        special=special,
        language=language.values,
        goal=goal.values,
        row=records(free=np.bitwise_count(slots).sum(axis=1, dtype=np.int32), kind=row_kind, lost=row_lost),
        slots=slots,
        common=common,
        skill=records(
            **_ends("sought", starts(np.bincount(sought // 8, minlength=n_skills))),
            **_ends("related", related_start),
        ),
        sought_level=(sought % 8).astype(np.int32),
        related=records(skill=related[:, 0], strength=related[:, 1]),
        org=records(
            group=group, **_ends("rival", rival[0]), **_ends("barred", barred[0]), **_ends("tie", tie_start)
        ),
        rival=rival[1][:, 0].copy(),
        barred=barred[1][:, 0].copy(),
        tie=records(org=ties[:, 0], points=policy.maxima.novelty // (1 + ties[:, 1])),
        gap=records(
            points=np.maximum(0, policy.maxima.seniority * (reach - abs(gaps - gap.ideal)) // reach),
            allowed=(gaps >= gap.least) & (gaps <= gap.most),
        ),
        hours_points=(policy.maxima.hours * np.minimum(month, full) // full).astype(np.int32),
        rule=records(
            least_slots=np.array([-(-policy.min_common_hours * 60 * frame.calendar.days // 900)]),
            skill_required=np.array([policy.skill_required]),
            max_skills=np.array([policy.maxima.skills]),
            max_goals=np.array([policy.maxima.goals]),
            max_novelty=np.array([policy.maxima.novelty]),
            n_languages=np.array([len(columns.languages)]),
        ),
    )


class _Both(NamedTuple):
    """Lists of learners, then of guides, end to end, and where the lists of each begin."""

    first: Array
    second: Array
    values: Array


def _both(learners: tuple[Array, Array], guides: tuple[Array, Array]) -> _Both:
    return _Both(learners[0], guides[0] + learners[0][-1], np.concatenate([learners[1], guides[1]]))


def _ends(name: str, start: Array) -> dict[str, Array]:
    """The fields that say where lists lie: `name` and `name_end`."""
    return {name: start[:-1], f"{name}_end": start[1:]}


def _side(columns: Columns, name: str, side: Side) -> tuple[Array, Array]:
    start, values = columns.ragged(name)
    begins, places = gather(start, side.entry)
    return begins, values[places]


def _ragged(lists: Sequence[Sequence[tuple[int, ...]]]) -> tuple[Array, Array]:
    """Lists of pairs end to end: where each begins, and the values, shape (all, 2)."""
    flat = [pair for one in lists for pair in one]
    counts = np.array([len(one) for one in lists], np.int64)
    return starts(counts), np.array(flat, np.int32).reshape(len(flat), 2)


def _special(columns: Columns, learners: Side, guides: Side) -> tuple[Array, Array]:
    """Per learner, by guide: flags and wish points. Returns where each learner's begin, and records."""
    n, m = len(learners.ids), len(guides.ids)
    learner_of = np.full(len(columns.numbers), -1, np.int64)
    guide_of = learner_of.copy()
    learner_of[learners.number] = np.arange(n)
    guide_of[guides.number] = np.arange(m)
    flags = np.array(columns.special, np.int32).reshape(-1, 3)
    wishes = np.array(columns.wished, np.int32).reshape(-1, 3)
    both = np.concatenate([flags, wishes])
    i, j = learner_of[both[:, 0]], guide_of[both[:, 1]]
    inside = (i >= 0) & (j >= 0)
    keys, which = np.unique((i * max(m, 1) + j)[inside], return_inverse=True)
    is_flag = (np.arange(len(both)) < len(flags))[inside]
    value = both[inside, 2]
    flag, wish = np.zeros(len(keys), np.uint8), np.zeros(len(keys), np.int32)
    np.bitwise_or.at(flag, which[is_flag], value[is_flag].astype(np.uint8))
    np.add.at(wish, which[~is_flag], value[~is_flag])
    start = starts(np.bincount(keys // max(m, 1), minlength=n))
    return start, records(guide=keys % max(m, 1), flags=flag, wish=wish)


def _common(slots: Array, of_kind: Array, workers: int) -> Array:
    k = len(of_kind)
    common = np.zeros((max(k, 1), max(k, 1)), np.uint16)
    # Row a costs a + 1 entries, so chunks end at square roots of equal shares.
    cuts = (np.sqrt(np.linspace(0, 1, 8 * workers + 1)) * k).round().astype(int)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda low, high: fill_common(slots, of_kind, low, high, common), cuts[:-1], cuts[1:]))
    return common


def _organizations(
    frame: Context, numbers: dict[str, int]
) -> tuple[Array, tuple[Array, Array], tuple[Array, Array]]:
    """Each organization's group (-1: none), its rivals, and all whom its people never meet (itself too)."""
    listed = frame.header.organizations
    names: dict[str, int] = {}
    group = [names.setdefault(one.group, len(names)) if one.group else -1 for one in listed]
    in_group: dict[int, list[int]] = {}
    for k, number in enumerate(group):
        in_group.setdefault(number, []).append(k)
    against: list[set[int]] = [set() for _ in listed]
    for one, other in rivals(listed):
        if other in numbers and one != other:
            against[numbers[one]].add(numbers[other])
    barred = [
        sorted({k, *against[k], *(in_group[number] if number >= 0 else ())}) for k, number in enumerate(group)
    ]
    pairs = [[(other, 0) for other in sorted(one)] for one in against]
    return (
        np.array(group, np.int32),
        _ragged(pairs),
        _ragged([[(other, 0) for other in one] for one in barred]),
    )


def _ties(columns: Columns, organization: Array) -> tuple[Array, Array]:
    """Per organization: others with the number of ended and running pairs between the two."""
    k = len(columns.organizations)
    met = organization[np.array(columns.met, np.int64).reshape(-1, 2)].astype(np.int64)
    met = met[(met >= 0).all(axis=1)]
    low, high = met.min(axis=1), met.max(axis=1)
    keys, times = np.unique(low * k + high, return_counts=True)
    low, high = keys // max(k, 1), keys % max(k, 1)
    apart = low != high
    one, other = np.concatenate([low, high[apart]]), np.concatenate([high, low[apart]])
    times = np.concatenate([times, times[apart]])
    order = np.lexsort((other, one))
    table = np.stack([other[order], times[order]], axis=1).astype(np.int32)
    return starts(np.bincount(one, minlength=k)), table


def _pulses(columns: Columns) -> Array:
    """Points of each person's pulse as a guide, by number."""
    most = columns.frame.policy.maxima.pulse
    given = np.array(columns.pulses, np.int64).reshape(-1, 2)
    points = np.full(len(columns.numbers), most // 2, np.int32)
    who, which, answers = np.unique(given[:, 0], return_inverse=True, return_counts=True)
    total = np.bincount(which, given[:, 1], minlength=len(who)).astype(np.int64)
    if len(who):
        points[who] = most * (pulse_tenths(total, answers.astype(np.int64)) - 10) // 40
    return points
