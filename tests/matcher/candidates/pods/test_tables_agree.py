"""The arrays over all seats against the definitions of record in plain Python."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from matcher.candidates.pods.attendance import attendance
from matcher.candidates.pods.points import meets, parts_of, satisfaction
from matcher.candidates.pods.rules import CODES, RULE, member_reasons, reasons
from matcher.candidates.pods.terms import couple_points, couples, pair_terms

SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_points_and_needs_of_every_seat(seed, pods_network, table_of):
    table = table_of(pods_network(seed))
    context = table.context
    for i, member in enumerate(table.members):
        for p, target in enumerate(table.targets):
            mask = int(table.failed[i, p])
            found = [code for bit, code in enumerate(CODES) if mask >> bit & 1]
            assert found == [reason.code for reason in reasons(context, member, target)]
            assert table.points[i, p] == sum(parts_of(context, member, target).values())
            assert table.satisfaction[i, p] == satisfaction(member, target)
            for k, need in zip(table.abilities_of[p], target.needs, strict=True):
                assert table.able[i, k] == meets(context, member, need)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_is_left_out_has_a_rule_of_their_own_against_them(seed, pods_network, table_of):
    table = table_of(pods_network(seed))
    context = table.context
    listed = {member.id for member in table.members}
    left_out = dict(table.left_out)
    assert listed | left_out.keys() == set(context.members)
    for member in context.members.values():
        codes = [reason.code for reason in member_reasons(context, member)]
        if member.id in left_out:
            assert left_out[member.id] == codes[0]
        elif codes:
            assert any(one == member.id for one, _ in context.running)
            assert all(RULE[code].spares_running for code in codes)


@pytest.mark.parametrize("seed", SEEDS)
def test_attendance_and_ease_at_every_weekly_time(seed, pods_network, table_of):
    table = table_of(pods_network(seed))
    context = table.context
    for rhythm, number in table.rhythm_number.items():
        slots = table.rhythms[number]
        kept = set(slots.start.tolist())
        for i, member in enumerate(table.members):
            for s, start in enumerate(slots.start.tolist()):
                if (s + i) % 7:  # a seventh is enough
                    continue
                found = attendance(context, member, rhythm, start)
                assert slots.always[i, s] == found.always
                assert slots.half[i, s] == found.half
                assert slots.ease[i, s] == found.ease
        for start in context.week(rhythm).start.tolist()[::11]:
            if start not in kept:
                assert not any(attendance(context, one, rhythm, start).half for one in table.members)


@pytest.mark.parametrize("seed", SEEDS)
def test_points_of_couples(seed, pods_network, table_of):
    table = table_of(pods_network(seed))
    context = table.context
    wanted: Counter[tuple[str, str]] = Counter()
    for one, other, points in couples(context):
        wanted[min(one, other), max(one, other)] += points
    terms = pair_terms(table)
    found = {}
    for i, member in enumerate(table.members):
        for k in range(int(terms.start[i]), int(terms.start[i + 1])):
            other = table.members[int(terms.other[k])].id
            found[min(member.id, other), max(member.id, other)] = int(terms.value[k])
    for a, b in combinations((member.id for member in table.members), 2):
        key = (min(a, b), max(a, b))
        assert found.get(key, 0) == wanted[key] + couple_points(context, a, b)
