"""Kernels give what plain Python gives: every rule and every part of every pair."""

from __future__ import annotations

from collections import Counter

import numpy as np

from matcher.candidates.points import parts_of
from matcher.candidates.rules import BIT, CODES, RULES, member_reasons, reasons
from matcher.domain.member import Role
from matcher.domain.policy import PARTS

SEEDS = range(250)


def all_pairs(candidates):
    n, m = len(candidates.learner_ids), len(candidates.guide_ids)
    return np.repeat(np.arange(n), m), np.tile(np.arange(m), n)


def test_every_rule_and_part_of_every_pair_is_as_in_plain_python(make_network, build):
    seen: Counter[str] = Counter()
    eligible = 0
    for seed in SEEDS:
        network, kind = make_network(seed)
        context, candidates = build(network, kind)
        member = {one.id: one for one in network.members}
        learners, guides = all_pairs(candidates)
        masks, parts = candidates.failed(learners, guides), candidates.parts(learners, guides)
        for k, (i, j) in enumerate(zip(learners, guides, strict=True)):
            a, b = member[candidates.learner_ids[i]], member[candidates.guide_ids[j]]
            against = {reason.code for reason in reasons(context, a, b)}
            found = {code for code in CODES if int(masks[k]) >> BIT[code] & 1}
            assert found == against, (seed, a.id, b.id)
            assert dict(zip(PARTS, parts[k].tolist(), strict=True)) == parts_of(context, a, b), (
                seed,
                a.id,
                b.id,
            )
            seen.update(against)
            eligible += not against
    assert eligible > 300
    # Who has left is never listed; every other rule must have been met.
    assert set(seen) == {rule.code for rule in RULES} - {"left"}


def test_members_are_listed_or_left_out_by_the_plain_member_rules(make_network, build):
    codes: set[str] = set()
    for seed in SEEDS:
        network, kind = make_network(seed)
        context, candidates = build(network, kind)
        pinned = {side: set() for side in Role}
        for pin in network.programs[0].pins:
            if pin.must == "pair":
                pinned[Role.LEARNER].add(pin.learner)
                pinned[Role.GUIDE].add(pin.guide)
        runs = {Role.LEARNER: {a for a, _ in context.running}, Role.GUIDE: {b for _, b in context.running}}
        left_out = []
        expected = {Role.LEARNER: [], Role.GUIDE: []}
        for one in network.members:
            for role in Role:
                against = [reason.code for reason in member_reasons(context, one, role)]
                spared = one.id in runs[role] and set(against) <= {"capacity"}
                if not against or spared or (one.id in pinned[role] and "left" not in against):
                    expected[role].append(one.id)
                if against and "role" not in against:
                    left_out.append((one.id, role.value, against[0]))
        assert candidates.learner_ids == expected[Role.LEARNER]
        assert candidates.guide_ids == expected[Role.GUIDE]
        assert candidates.left_out == left_out
        codes |= {code for _, _, code in left_out}
    assert codes == {"left", "on_leave", "capacity"}


def test_the_audits_pass_over_every_pair_gives_the_same_points(make_network, build):
    for seed in SEEDS:
        network, kind = make_network(seed)
        _, candidates = build(network, kind)
        oracle = candidates.oracle
        learners, guides = all_pairs(candidates)
        points = oracle.points(learners, guides).reshape(oracle.n_learners, oracle.n_guides)
        for those, dense in oracle.dense_points(at_once=3):
            assert (dense == points[those]).all()
