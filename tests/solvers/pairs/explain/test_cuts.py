from __future__ import annotations

from collections import Counter

import numpy as np

from solvers.pairs.check.score import pairs_of
from solvers.pairs.explain.cuts import Cutter
from solvers.pairs.explain.prices import one_more_place


def _short(case):
    load = Counter(case.answer.pairs.learner.tolist())
    return [i for i in range(case.instance.n_learners) if load[i] < case.instance.need[i]]


def test_every_learner_left_out_of_a_proven_answer_has_a_cut_that_counting_confirms(cases):
    met = 0
    for case in cases:
        cutter = Cutter(case.state)
        for i in _short(case):
            cut = cutter.cut(i)
            assert cut is not None
            assert i in cut.learners
            assert cut.places < cut.wanted
            met += 1
    assert met > 30


def test_no_answer_gives_the_learners_of_a_cut_more_places_than_it_says(cases):
    for case in cases:
        cutter = Cutter(case.state)
        most: Counter[frozenset[tuple[int, int]]] = Counter()
        cuts = [cut for cut in map(cutter.cut, _short(case)) if cut is not None and not cut.limits]
        if not cuts:
            continue
        for _, held in case.answers():
            load = Counter(i for i, _ in held)
            for k, cut in enumerate(cuts):
                got = sum(min(load[i], cut.layer) for i in cut.learners.tolist())
                most[k] = max(most[k], got)
        for k, cut in enumerate(cuts):
            # A set may share its guides with pinned pairs of others, never with more places than counted.
            assert most[k] <= cut.places + _from_earlier_layers(case, cut)


def _from_earlier_layers(case, cut):
    """Places of the set's learners whose arcs do not cross the cut."""
    return sum(min(int(case.instance.need[i]), cut.layer) for i in cut.learners.tolist()) - cut.wanted


def test_one_more_place_at_a_guide_of_a_cut_places_one_more(cases):
    helped = 0
    for case in cases:
        if case.instance.balance is not None or case.instance.quotas:
            continue
        cutter = Cutter(case.state)
        for i in _short(case):
            cut = cutter.cut(i)
            assert cut is not None
            for j in cut.guides.tolist():
                tiers = one_more_place(case.state, j).tiers[: cut.layer]
                assert [tier.gain for tier in tiers if tier.gain][:1] == [1]
                helped += 1
    assert helped > 10


def test_cuts_do_not_depend_on_whether_rows_or_sweeps_found_them(cases, monkeypatch):
    for case in cases[:40]:
        by_row = [_told(Cutter(case.state).cut(i)) for i in _short(case)]
        monkeypatch.setattr("solvers.pairs.explain.cuts.BY_ROW", 0)
        by_sweep = [_told(Cutter(case.state).cut(i)) for i in _short(case)]
        monkeypatch.undo()
        assert by_row == by_sweep


def test_a_set_found_serves_its_members(cases):
    for case in cases:
        short = _short(case)
        together = Cutter(case.state).cuts(short)
        assert set(together) == set(short)
        for i, cut in together.items():
            assert cut is not None
            assert i in cut.learners


def test_limits_of_give_and_take_and_quotas_are_named(cases):
    kinds: Counter[str] = Counter()
    for case in cases:
        for cut in map(Cutter(case.state).cut, _short(case)):
            assert cut is not None
            for limit in cut.limits:
                kinds[limit.kind] += 1
                net = _net(case, limit)
                if net is not None:
                    assert net == limit.value
    assert kinds["organization"] > 3
    assert kinds["quota"] > 3


def _net(case, limit):
    if limit.kind != "organization":
        return None
    instance, pairs = case.instance, case.answer.pairs
    inside = instance.learner_org[pairs.learner] == limit.number
    given = instance.guide_org[pairs.guide] == limit.number
    return int(inside.sum()) - int(given.sum())


def _told(cut):
    assert cut is not None
    return np.asarray(cut.learners).tolist(), cut.guides.tolist(), cut.limits, cut.wanted, cut.places


def test_a_placed_learner_has_no_cut(cases):
    for case in cases[:10]:
        full = {i for i, _ in pairs_of(case.answer.pairs)} - set(_short(case))
        assert all(Cutter(case.state).cut(i) is None for i in full)
