"""The two references agree with each other, so that agreeing with either of them means something."""

from __future__ import annotations

from types import ModuleType

import pytest

from solvers.pairs.explicit.loading import load_instance


@pytest.mark.parametrize("seed", range(60))
def test_exhaustive_search_and_milp_agree_on_random_choices_of_options(
    reference: ModuleType, seed: int
) -> None:
    instance = reference.random_instance(seed)
    assert reference.exhaustive(instance) == reference.by_milp(instance)


@pytest.mark.parametrize("option", ["needs", "min_load", "all_or_nothing", "pins", "most_broken", "balance"])
def test_an_option_bites_somewhere(reference: ModuleType, option: str) -> None:
    differ = 0
    for seed in range(12):
        case = reference.random_case(seed, use={option, "previous"})
        plain = {
            key: case[key] for key in ("organizations", "learners", "guides", "edges", "previous", "changes")
        }
        plain["learners"] = [one | {"need": 1} for one in case["learners"]]
        plain["guides"] = [one | {"min_load": 0} for one in case["guides"]]
        best = reference.exhaustive(load_instance(case))
        differ += best != reference.exhaustive(load_instance(plain))
    assert differ >= 2


def test_each_option_alone_is_understood_alike(reference: ModuleType) -> None:
    for option in reference.OPTIONS:
        for seed in (1, 2, 3):
            instance = reference.random_instance(seed, use={option, "previous"})
            assert reference.exhaustive(instance) == reference.by_milp(instance), (option, seed)
