"""Skills are found by id, name and synonym; a name claimed twice is refused."""

from __future__ import annotations

import pytest

from matcher.domain.errors import InputError
from matcher.domain.skill import Skill, SkillIndex

KUBERNETES = Skill(id="kubernetes", name="Kubernetes", synonyms=("k8s", "Kube  Ops"))
PYTHON = Skill(id="python", name="Python")


@pytest.mark.parametrize("text", ["kubernetes", "Kubernetes", "K8S", " kube ops ", "KUBE\tOPS"])
def test_any_name_of_a_skill_finds_it(text: str) -> None:
    index = SkillIndex([KUBERNETES, PYTHON])
    assert index.id_of(text) == "kubernetes"
    assert index.id_of(text) == "kubernetes"


def test_an_unknown_name_finds_nothing() -> None:
    assert SkillIndex([KUBERNETES, PYTHON]).id_of("pyton") is None


def test_a_name_claimed_by_two_skills_is_refused_with_its_place() -> None:
    other = Skill(id="ops", name="Operations", synonyms=("K8s",))
    with pytest.raises(InputError) as caught:
        SkillIndex([KUBERNETES, other])
    (fault,) = caught.value.faults
    assert fault.path == "skills[1].synonyms[0]"
    assert "'kubernetes'" in fault.reason
    assert "'ops'" in fault.reason


def test_a_skill_may_repeat_its_own_names() -> None:
    assert SkillIndex([Skill(id="sql", name="SQL", synonyms=("Sql",))]).id_of("sQl") == "sql"
