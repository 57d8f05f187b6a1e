"""Every reference between the parts of a network is checked, in both formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matcher.documents.faults import Suggester
from matcher.documents.read import open_network
from matcher.domain.errors import InputError

Document = dict[str, Any]


def member(**fields: Any) -> Document:
    return {"id": "dan", "name": "Dan", "organization": "cedar", "time_zone": "UTC", **fields}


def pin(**fields: str) -> Callable[[Document], object]:
    return lambda d: d["programs"][0]["pins"].append(
        {"learner": "ben", "guide": "cleo", "must": "pair", **fields}
    )


def quota(**fields: Any) -> Callable[[Document], object]:
    return lambda d: d["policies"][0]["pairs"]["quotas"].append({"side": "given", "most": 1, **fields})


# edit, path in the JSON document, line and path in JSON Lines (None: as in JSON), words
CASES: list[tuple[Callable[[Document], object], str, str | None, str]] = [
    (
        lambda d: d["members"].append(member(id="ana")),
        "members[3].id",
        "line 5, member.id",
        "is also the id of",
    ),
    (lambda d: d["skills"].append({"id": "docker", "name": "Boats"}), "skills[3].id", None, "skills[2]"),
    (
        lambda d: d["skills"].append({"id": "go", "name": "KUBE "}),
        "skills[3].name",
        None,
        "'k8s' claims already",
    ),
    (lambda d: d["organizations"].append({"id": "birch", "name": "B"}), "organizations[3].id", None, "[1]"),
    (lambda d: d["policies"].append({"id": "default"}), "policies[1].id", None, "policies[0]"),
    (lambda d: d["programs"].append(d["programs"][0]), "programs[1].id", None, "programs[0]"),
    (lambda d: d["problems"].append(d["problems"][0]), "problems[1].id", None, "problems[0]"),
    (
        lambda d: d["members"][1].update(organization="Birch labs"),
        "members[1].organization",
        "line 3, member.organization",
        "its id is 'birch'",
    ),
    (
        lambda d: d["members"][1].update(organization="brich"),
        "members[1].organization",
        "line 3, member.organization",
        "did you mean 'birch'?",
    ),
    (
        lambda d: d["members"][1]["seeks"].append({"skill": "Pyton"}),
        "members[1].seeks[1].skill",
        "line 3, member.seeks[1].skill",
        "did you mean 'Python'?",
    ),
    (
        lambda d: d["members"][0]["offers"].append({"skill": "Sailing"}),
        "members[0].offers[2].skill",
        "line 2, member.offers[2].skill",
        "by id, name or synonym; add it to skills",
    ),
    (
        lambda d: d["members"][0]["offers"].append({"skill": "k8s"}),
        "members[0].offers[2].skill",
        "line 2, member.offers[2].skill",
        "the skill of offers[1] again",
    ),
    (
        lambda d: d["members"][1].update(prefers=["cleo", "clea"]),
        "members[1].prefers[1]",
        "line 3, member.prefers[1]",
        "did you mean 'cleo'?",
    ),
    (
        lambda d: d["members"][1].update(avoids=["nobody"]),
        "members[1].avoids[0]",
        "line 3, member.avoids[0]",
        "no member 'nobody'",
    ),
    (
        lambda d: d["members"][1].update(avoids=["cleo"]),
        "members[1].avoids[0]",
        "line 3, member.avoids[0]",
        "not both",
    ),
    (
        lambda d: d["members"][1].update(prefers=["ben"]),
        "members[1].prefers[0]",
        "line 3, member.prefers[0]",
        "own id",
    ),
    (lambda d: d["ended"][0].update(guide="x"), "ended[0].guide", "line 5, ended.guide", "no member 'x'"),
    (lambda d: d["ended"][0].update(guide="ben"), "ended[0].guide", "line 5, ended.guide", "two people"),
    (lambda d: d["running"][0].update(learner="x"), "running[0].learner", "line 6, running.learner", "'x'"),
    (
        lambda d: d["running"][0].update(learner="ana"),
        "running[0].guide",
        "line 6, running.guide",
        "two people",
    ),
    (lambda d: d["running"].append(d["running"][0]), "running[1]", "line 7, running", "runs already"),
    (
        lambda d: d["organizations"][0].update(competitors=["acme"]),
        "organizations[0].competitors[0]",
        None,
        "the organization itself",
    ),
    (
        lambda d: d["organizations"][0].update(competitors=["birhc"]),
        "organizations[0].competitors[0]",
        None,
        "did you mean 'birch'?",
    ),
    (
        lambda d: d["skills"][1]["related"].append({"skill": "doker"}),
        "skills[1].related[1].skill",
        None,
        "did you mean 'Docker'?",
    ),
    (
        lambda d: d["skills"][1]["related"].append({"skill": "kube"}),
        "skills[1].related[1].skill",
        None,
        "the skill itself",
    ),
    (lambda d: d["programs"][0].update(policy="x"), "programs[0].policy", None, "'default'"),
    (lambda d: d["programs"][0].update(kinds=[]), "programs[0].kinds", None, "at least one"),
    (pin(guide="x"), "programs[0].pins[1].guide", None, "no member 'x'"),
    (pin(guide="ben"), "programs[0].pins[1]", None, "two people"),
    (
        pin(learner="cleo", guide="ana", must="not_pair"),
        "programs[0].pins[1].must",
        None,
        "pins[0] says 'pair'",
    ),
    (
        quota(scope="organization", id="bircj"),
        "policies[0].pairs.quotas[3].id",
        None,
        "did you mean 'birch'?",
    ),
    (
        quota(scope="group", id="acme"),
        "policies[0].pairs.quotas[3].id",
        None,
        "no organization has the group",
    ),
    (quota(scope="unit", id="acme/Reserch"), "policies[0].pairs.quotas[3].id", None, "'acme/Research'"),
    (
        lambda d: d["policies"][0]["pairs"]["give_and_take"]["slack_of"].update(oak=1),
        "policies[0].pairs.give_and_take.slack_of.oak",
        None,
        "no organization 'oak'",
    ),
    (lambda d: d["problems"][0].update(sponsor="acne"), "problems[0].sponsor", None, "did you mean 'acme'?"),
    (
        lambda d: d["problems"][0]["needs"][0].update(skill="pi"),
        "problems[0].needs[0].skill",
        None,
        "no skill",
    ),
]


@pytest.mark.parametrize("case", range(len(CASES)), ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES)])
@pytest.mark.parametrize("name", ["net.json", "net.jsonl"])
def test_a_broken_reference_is_one_fault_with_its_place(
    saved: Callable[..., Path], name: str, case: int
) -> None:
    edit, path, in_lines, words = CASES[case]
    with pytest.raises(InputError) as caught:
        list(open_network(saved(edit, name=name)).people())
    assert len(caught.value.faults) == 1, [str(fault) for fault in caught.value.faults]
    told = str(caught.value.faults[0])
    assert told.startswith(f"{in_lines if in_lines and name.endswith('l') else path}: ")
    assert words in told


def test_a_sponsor_may_be_a_member_or_an_organization(saved: Callable[..., Path]) -> None:
    assert (
        open_network(saved(lambda d: d["problems"][0].update(sponsor="ana"))).header.problems[0].sponsor
        == "ana"
    )


def test_members_must_come_before_the_pairs_that_name_them(saved: Callable[..., Path]) -> None:
    path = saved(name="net.jsonl")
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[-1], *lines[1:-1]]), "utf-8")
    with pytest.raises(InputError) as caught:
        list(open_network(path).people())
    assert [str(fault).partition(":")[0] for fault in caught.value.faults] == [
        "line 2, running.learner",
        "line 2, running.guide",
    ]
    assert "members come before" in str(caught.value.faults[0])


def test_a_member_whose_line_is_bad_is_still_known_to_others(saved: Callable[..., Path]) -> None:
    path = saved(lambda d: d["members"][0].update(seniority=99), name="net.jsonl")
    with pytest.raises(InputError) as caught:
        list(open_network(path).people())
    assert [fault.path for fault in caught.value.faults] == ["member.seniority"]


def test_suggestions_keep_within_their_budget_and_never_swap_digits() -> None:
    assert Suggester().closest("Kubernets", ["Kubernetes", "Docker"]) == ["Kubernetes"]
    assert Suggester().closest("m-00017", ["m-00018", "m-00071"]) == []
    assert Suggester(comparisons=1).closest("Kubernets", ["Kubernetes", "Docker"]) == []
