"""The audit passes honest results of every policy, and catches every kind of tampering."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.errors import InputError
from matcher.domain.history import RunningPair
from matcher.domain.member import Capacities
from matcher.domain.network import Network
from matcher.domain.plan import Outcome, PairsPlan
from matcher.domain.skill import Offer, Seek
from matcher.planning.files import read_plan, write_plan
from matcher.planning.findings import AuditReport
from matcher.planning.pairs.audit.audit import audit_plan


def crowd(small: SimpleNamespace, hours: int = 40, **policy: Any) -> Network:
    """Twelve learners and seven guides of four organizations, all uneven, and one person who is both."""
    policy.setdefault("both_ways", True)
    homes = "abcd"
    people = []
    for k in range(12):
        people.append(
            small.learner(
                f"l{k}",
                homes[k % 4],
                wants=1 + (k % 5 == 0),
                seeks=(Seek(skill="python", priority=1 + k % 5, level=1 + k % 4), Seek(skill="law", level=2)),
                seniority=1 + k % 4,
                waited_cycles=k % 3,
                languages=("en",) if k % 4 else ("fr", "en"),
            )
        )
    for k in range(7):
        people.append(
            small.guide(
                f"g{k}",
                homes[(k + 1) % 4],
                places=1 + k % 3,
                least=k % 2,
                offers=(Offer(skill="python" if k % 3 else "law", level=2 + k % 4),),
                seniority=4 + k % 5,
                languages=("en",) if k % 4 else ("fr",),
            )
        )
    people.append(
        small.learner(
            "both",
            "a",
            seniority=4,
            offers=(Offer(skill="law", level=5),),
            capacities=Capacities(guides_wanted=1, learners=2),
            hours_per_month=hours,
        )
    )
    return small.network(*people, **policy)


POLICIES: dict[str, dict[str, Any]] = {
    "plain": {"minimum_load": "ignore"},
    "balance": {"give_and_take": {"slack": 1}},
    "groups": {
        "give_and_take": {"slack": 2, "group_slack": 1},
        "groups": {"a": "x", "b": "x"},
        "carried": {"a": 1, "c": -2},
    },
    "quotas": {"quotas": ({"scope": "organization", "id": "a", "side": "received", "most": 2},)},
    "floor": {"order": "floor"},
    "stable": {"order": "stable"},
    "frozen": {
        "changes": "frozen",
        "running": (RunningPair(learner="l0", guide="g1"), RunningPair(learner="l2", guide="g2")),
    },
    "tier": {
        "running": (
            RunningPair(learner="l1", guide="g1"),
            RunningPair(learner="l2", guide="g2", rematch=True),
        )
    },
    "bonus": {"changes": "bonus", "running": (RunningPair(learner="l1", guide="g1"),)},
    "pins": {"pins": (("l3", "g0", "pair"), ("l1", "g1", "not_pair"))},
    "one way": {"both_ways": False},
    "budget": {"hours": 4},
}


@pytest.fixture(scope="module")
def made(small: SimpleNamespace) -> Callable[[str], tuple[NetworkSource, PairsPlan]]:
    """A network and its plan by the name of the policy, made once."""
    done: dict[str, tuple[NetworkSource, PairsPlan]] = {}

    def make(name: str) -> tuple[NetworkSource, PairsPlan]:
        if name not in done:
            net = crowd(small, **POLICIES[name])
            done[name] = (NetworkSource.of(net), small.plan(net))
        return done[name]

    return make


@pytest.mark.parametrize("name", POLICIES)
def test_honest_results_are_clean(made: Callable[[str], tuple[NetworkSource, PairsPlan]], name: str) -> None:
    source, plan = made(name)
    assert plan.pairs
    report = audit_plan(source, plan)
    assert [str(one) for one in report.objections] == []
    assert {"document", "pairs", "tiers"} <= {what for what, _ in report.checked}


@pytest.mark.parametrize("name", POLICIES)
def test_plans_survive_their_file(
    made: Callable[[str], tuple[NetworkSource, PairsPlan]], name: str, tmp_path: Path
) -> None:
    _, plan = made(name)
    write_plan(tmp_path / "out.json", plan)
    again, source = read_plan(tmp_path / "out.json")
    assert again == plan
    write_plan(tmp_path / "again.json", again)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "out.json").read_bytes()
    assert PairsPlan.model_validate_json(plan.model_dump_json()) == plan
    assert source.id == "small"


def test_the_same_seed_gives_the_same_bytes_but_for_effort(small: SimpleNamespace) -> None:
    net = crowd(small, **POLICIES["balance"])
    first, second = (small.plan(net, seed=7).model_dump(exclude={"effort"}) for _ in range(2))
    assert first == second


def edit(plan: PairsPlan, change: Callable[[dict[str, Any]], None]) -> PairsPlan:
    data = plan.model_dump(mode="json")
    change(data)
    return PairsPlan.model_validate(data)


def points_changed(data: dict[str, Any]) -> None:
    data["pairs"][0]["points"] += 1


def parts_shifted(data: dict[str, Any]) -> None:
    data["pairs"][0]["parts"]["hours"] -= 1
    data["pairs"][0]["parts"]["skills"] += 1


def pair_dropped(data: dict[str, Any]) -> None:
    data["pairs"].pop()


def pair_doubled(data: dict[str, Any]) -> None:
    data["pairs"].append(dict(data["pairs"][0]))


def rule_broken(data: dict[str, Any]) -> None:
    taken = {(pair["learner"], pair["guide"]) for pair in data["pairs"]}
    assert ("l3", "g2") not in taken  # of one organization
    data["pairs"].append({**data["pairs"][0], "learner": "l3", "guide": "g2"})


def stranger_added(data: dict[str, Any]) -> None:
    data["pairs"].append({**data["pairs"][0], "learner": "nobody"})


def tier_raised(data: dict[str, Any]) -> None:
    data["tiers"][0]["value"] += 1
    data["tiers"][0]["bound"] += 1


def bound_lowered(data: dict[str, Any]) -> None:
    for tier in data["tiers"]:
        if tier["name"] == "points":
            tier["bound"] -= 5
            tier["value"] -= 5
    data["bound"] -= 5
    data["value"] -= 5


def dual_changed(data: dict[str, Any]) -> None:
    matched = data["pairs"][0]["learner"]
    data["duals"]["learner"][matched][-1] += 50


def dual_dropped(data: dict[str, Any]) -> None:
    data["duals"]["learner"].pop("l5")


def certificate_removed(data: dict[str, Any]) -> None:
    data["duals"] = None


def hash_changed(data: dict[str, Any]) -> None:
    data["network"]["sha256"] = "0" * 64


def seed_changed(data: dict[str, Any]) -> None:
    data["seed"] += 1


def policy_changed(data: dict[str, Any]) -> None:
    data["policy"]["version"] += 1


def unmatched_hidden(data: dict[str, Any]) -> None:
    data["unmatched"].pop()


def reason_changed(data: dict[str, Any]) -> None:
    data["unmatched"][0]["reason"] = "guides_full_of_it"


def idle_hidden(data: dict[str, Any]) -> None:
    data["idle_guides"].pop()


def net_changed(data: dict[str, Any]) -> None:
    data["give_and_take"][0]["net"] += 1


def kept_claimed(data: dict[str, Any]) -> None:
    data["pairs"][0]["kept"] = True


def pin_claimed(data: dict[str, Any]) -> None:
    data["pairs"][0]["pinned"] = True


def change_hidden(data: dict[str, Any]) -> None:
    data["changes"]["added"].pop()


def previous_invented(data: dict[str, Any]) -> None:
    data["previous"].append(["l0", "g0"])


def count_changed(data: dict[str, Any]) -> None:
    data["effort"]["counts"]["guides"] += 1


def status_lowered(data: dict[str, Any]) -> None:
    data["status"] = "feasible"


TAMPERINGS: tuple[tuple[Callable[[dict[str, Any]], None], str], ...] = (
    (points_changed, "points"),
    (parts_shifted, "parts"),
    (pair_dropped, "tier"),
    (pair_doubled, "twice"),
    (rule_broken, "rule"),
    (stranger_added, "stranger"),
    (tier_raised, "tier"),
    (bound_lowered, "bound"),
    (dual_changed, "bound"),
    (dual_dropped, "duals"),
    (certificate_removed, "duals"),
    (hash_changed, "hash"),
    (seed_changed, "hash"),
    (policy_changed, "head"),
    (unmatched_hidden, "unmatched"),
    (reason_changed, "unmatched"),
    (idle_hidden, "idle_guides"),
    (net_changed, "give_and_take"),
    (kept_claimed, "flags"),
    (pin_claimed, "flags"),
    (change_hidden, "changes"),
    (previous_invented, "previous"),
    (count_changed, "counts"),
    (status_lowered, "status"),
)


@pytest.mark.parametrize(("change", "code"), TAMPERINGS, ids=lambda one: getattr(one, "__name__", one))
def test_tampering_is_caught(
    made: Callable[[str], tuple[NetworkSource, PairsPlan]],
    change: Callable[[dict[str, Any]], None],
    code: str,
) -> None:
    source, plan = made("balance")
    report = audit_plan(source, edit(plan, change))
    assert code in {one.code for one in report.objections}


def test_bounds_by_prices_of_hours_are_derived_again(small: SimpleNamespace) -> None:
    net = crowd(small, hours=4)
    source, plan = NetworkSource.of(net), small.plan(net)
    assert plan.status == "optimal"
    assert any(row.code == "budget" for side in plan.side_duals for row in side.rows)
    report = audit_plan(source, plan)
    assert report.clean
    assert not any("search" in line for line in report.unchecked)

    def free(data: dict[str, Any]) -> None:
        for side in data["side_duals"]:
            side["rows"] = []

    def stricter(data: dict[str, Any]) -> None:
        data["side_duals"][0]["rows"][0]["most"] -= 1

    assert any("search" in line for line in audit_plan(source, edit(plan, free)).unchecked)
    objections = audit_plan(source, edit(plan, stricter)).objections
    assert any("does not imply" in one.sentence for one in objections)


def test_an_edited_document_is_caught(
    made: Callable[[str], tuple[NetworkSource, PairsPlan]], small: SimpleNamespace
) -> None:
    _, plan = made("balance")
    net = crowd(small, **POLICIES["balance"])
    busy = net.members[0].model_copy(update={"availability": ()})
    edited = net.model_copy(update={"members": (busy, *net.members[1:])})
    codes = {one.code for one in audit_plan(NetworkSource.of(edited), plan).objections}
    assert {"hash", "rule"} <= codes


def test_a_sample_says_so_and_catches_what_it_sees(
    made: Callable[[str], tuple[NetworkSource, PairsPlan]],
) -> None:
    source, plan = made("balance")

    def bounds(report: AuditReport) -> str:
        return dict(report.checked)["bounds"]

    report = audit_plan(source, plan, sample=4)
    assert report.clean
    assert "a sample: the pairs of 4 learners" in bounds(report)
    assert "every eligible pair" in bounds(audit_plan(source, plan, sample=10_000))
    assert not audit_plan(source, edit(plan, dual_changed), sample=4).clean


def test_infeasible_results_are_checked_too(small: SimpleNamespace) -> None:
    people = small.learner("ann", "a"), small.learner("bob", "a"), small.guide("gus", "b")
    clash = small.network(*people, pins=(("ann", "gus", "pair"), ("bob", "gus", "pair")))
    plan = small.plan(clash)
    assert plan.status is Outcome.INFEASIBLE
    assert audit_plan(NetworkSource.of(clash), plan).clean
    fine = small.network(*people)
    assert "status" in {one.code for one in audit_plan(NetworkSource.of(fine), plan).objections}


def test_a_plan_with_a_previous_one(small: SimpleNamespace) -> None:
    first = small.plan(crowd(small, **POLICIES["plain"]))
    net = crowd(small, **POLICIES["balance"])
    second = small.plan(net, previous=first)
    source = NetworkSource.of(net)
    with_it = audit_plan(source, second, previous=first)
    assert [str(one) for one in with_it.objections] == []
    without = audit_plan(source, second)
    assert without.clean
    assert any(re.search("taken from the result", sentence) for sentence in without.unchecked)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "peerloom-plans/1"}', '{"format": "peerloom-pairs/1", "status": "fine"}']
)
def test_files_that_are_no_results_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "out.json").write_text(text)
    with pytest.raises(InputError, match="not a result"):
        read_plan(tmp_path / "out.json")
    with pytest.raises(InputError, match="There is no file"):
        read_plan(tmp_path / "missing.json")
