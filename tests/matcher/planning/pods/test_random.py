"""Whole plans of random small networks: whatever the rules, the answer passes its audits."""

from __future__ import annotations

import random

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.errors import InputError
from matcher.domain.network import Network
from matcher.domain.plan import Outcome
from matcher.domain.pod_policy import PodPolicy
from matcher.domain.program import PinnedSeat
from matcher.planning.pods.audit import audit_pods
from matcher.planning.pods.plan import plan_pods
from solvers.limits import Limits
from tests.matcher.candidates.conftest import random_network
from tests.matcher.candidates.pods.conftest import random_pods_network


class Unchecked(NetworkSource):
    """A network in memory with whatever references: plans must not mind what documents refuse."""

    def __init__(self, network: Network) -> None:
        self.header, self.path, self.format = network, None, "memory"

    def people(self):
        yield from self.header.members
        yield from self.header.ended
        yield from self.header.running

    def network(self) -> Network:
        return self.header

    @property
    def sha256(self) -> str:
        return "0" * 64


HOURS = [{"day": day, "start": "06:00", "end": "22:00"} for day in range(1, 6)]


def sociable(seed: int):
    """A random network in which most people can meet, with pins, groups and changes of every kind."""
    draw = random.Random(seed)
    network = random_pods_network(seed, random_network(seed)[0])
    people = [
        one.model_copy(update={"availability": (), "languages": ("en", *one.languages)})
        for one in network.members
    ]
    document = network.model_copy(update={"members": tuple(people)}).model_dump(mode="json")
    for one in document["members"]:
        if draw.random() < 0.9:
            one["availability"], one["time_zone"] = HOURS, "Europe/Berlin"
        one["hours_per_month"] = 20
    pods = document["programs"][0]["pods"]
    pods["time_zone"] = None
    ids = [one["id"] for one in document["members"]]
    if len(ids) > 6:
        pods["together"], pods["apart"] = [ids[:2]], [ids[3:5]]
    names = [one["id"] for one in document["problems"]]
    if draw.random() < 0.3:
        seat = PinnedSeat(member=draw.choice(ids), pod=draw.choice(names), must="seat")
        pods["pins"] = [seat.model_dump()]
    policy = document["policies"][0]
    policy["pods"]["changes"] = draw.choice(("frozen", "tier", "bonus"))
    policy["pods"]["meetings"] = draw.random() < 0.7
    PodPolicy.model_validate(policy["pods"])
    return type(network).model_validate(document)


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_passes_its_audit_and_counts_everybody_once(seed):
    network = sociable(seed)
    source = Unchecked(network)
    try:
        plan = plan_pods(source, limits=Limits(seconds=0.05, seed=seed))
    except InputError:
        assert network.programs[0].pods.pins  # only what was set by hand can be impossible
        return
    if plan.status in (Outcome.INFEASIBLE, Outcome.UNKNOWN):
        assert plan.conflict or plan.notes
        return
    report = audit_pods(source, plan)
    assert report.clean, report.objections
    placed = {member for pod in plan.pods for member in pod.members}
    without = {one.member for one in plan.unplaced}
    out = {one.member for one in plan.left_out}
    assert placed | without | out == {member.id for member in network.members}
    assert len(placed) + len(without) + len(out) == len(network.members)
    told = {one.pod for one in plan.not_run} | {pod.pod.partition("/")[0] for pod in plan.pods}
    assert told >= {one.id for one in network.problems}
    kept = {(one.member, one.pod) for one in (*plan.changes.kept, *plan.changes.dropped)}
    moved = {(one.member, one.moved) for one in plan.changes.moved}
    assert kept | moved == set(plan.previous)
