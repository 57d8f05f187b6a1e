"""Laws that rotas of drawn networks obey, whatever their people."""

from __future__ import annotations

import random

import pytest

from fixtures.generator import document, records
from matcher.documents.read import NetworkSource
from matcher.domain.network import Network
from matcher.planning.rota.audit import audit_rota
from matcher.planning.rota.plan import Asked, plan_rota
from solvers.limits import Limits


def drawn(seed, **rota):
    """A drawn network in which people of different organizations run as pods, and many may lead."""
    whole = document(records(80, 6, 8, seed, running=40))
    dice = random.Random(seed)
    for member in whole["members"]:
        member["training"] = dice.choice(("none", "shadow", "co", "lead", "lead"))
    people = [one["id"] for one in whole["members"] if one.get("status") != "left"]
    dice.shuffle(people)
    whole["running_pods"] = [
        {"pod": whole["problems"][k]["id"], "members": people[5 * k : 5 * k + 5]} for k in range(5)
    ]
    whole["policies"][0]["rota"] = rota
    return Network.model_validate(whole)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("mode", ["stable", "rotating"])
def test_a_drawn_rota_passes_its_audit(seed, mode):
    source = NetworkSource.of(drawn(seed, mode=mode, quorum=50))
    plan = plan_rota(source, limits=Limits(seconds=4))
    assert plan.series
    report = audit_rota(source, plan)
    assert [str(one) for one in report.objections] == []


@pytest.mark.parametrize("seed", [4, 5])
def test_no_time_at_all_still_gives_a_clean_rota(seed):
    source = NetworkSource.of(drawn(seed))
    plan = plan_rota(source, limits=Limits(seconds=0))
    assert audit_rota(source, plan).clean
    better = plan_rota(source, limits=Limits(seconds=4))
    first, last = plan.tiers[0], better.tiers[0]
    assert last.value <= first.value


def test_the_order_of_members_changes_no_proven_value():
    network = drawn(6)
    members = list(network.members)
    random.Random(7).shuffle(members)
    plans = [
        plan_rota(NetworkSource.of(one), limits=Limits(seconds=6))
        for one in (network, network.model_copy(update={"members": tuple(members)}))
    ]
    proven = [{t.name: t.value for t in plan.tiers if t.proven and not t.condition} for plan in plans]
    both = proven[0].keys() & proven[1].keys()
    assert "times.unscheduled" in both
    assert all(proven[0][name] == proven[1][name] for name in both)


def test_a_rota_made_again_counts_its_changes():
    source = NetworkSource.of(drawn(8))
    before = plan_rota(source, limits=Limits(seconds=5))
    after = plan_rota(source, limits=Limits(seconds=5), asked=Asked(before=before))
    assert after.changes.ended == ()
    assert {t.name: t.value for t in after.tiers}["times.moved"] == len(after.changes.moved)
    assert audit_rota(source, after, Asked(before=before)).clean
