"""A small network whose running pods and forum get a rota."""

from __future__ import annotations

import pytest

from matcher.documents.read import NetworkSource
from matcher.documents.write import write_network
from matcher.domain.network import Network
from matcher.jobs import work
from matcher.jobs.kind import Task
from matcher.planning.around import AROUND, Around
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.wiring import Services
from solvers.limits import Limits
from tests.api.http.conftest import NOW

WATER, FOOD = ("ada", "ben", "cem", "dee"), ("eva", "fay", "gus", "hal")
HOME = dict(zip(WATER + FOOD, ("north", "south", "west") * 3, strict=False))


def person(name, **more):
    week = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
    return {
        "id": name, "name": name.title(), "organization": HOME[name], "time_zone": "UTC", "training": "lead",
        "availability": week, "hours_per_month": 40, "roles": ["learner", "guide"], "languages": ["en"],
        "email": f"{name}@mail.example", **more,
    }  # fmt: skip


RUNNING = [
    {"pod": name, "members": list(members),
     "meeting": {"weekday": 3, "start": "10:00", "time_zone": "UTC"}}
    for name, members in (("water", WATER), ("food", FOOD))
]  # fmt: skip
NETWORK = {
    "format": "peerloom-network/1",
    "id": "net",
    "name": "The network",
    "organizations": [{"id": one, "name": one.title()} for one in ("north", "south", "west")],
    "policies": [
        {"id": "default", "version": 1,
         "rota": {"facilitators": {"pod": {"lead": 1, "co": 0, "shadow": 0},
                                   "forum": {"lead": 1, "co": 0, "shadow": 0}}, "frozen_days": 0}},
    ],
    "problems": [
        {"id": "water", "title": "Waste of water", "sponsor": "north", "statement": "Half of it is lost."},
        {"id": "food", "title": "Food left over", "sponsor": "south"},
    ],
    "forums": [{"id": "open", "title": "Open hour", "expert": "hal"}],
    "running_pods": RUNNING,
    "programs": [
        {"id": "main", "name": "Main", "policy": "default",
         "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-10-25", "weeks_between_sessions": 2}},
    ],
    "members": [person(name) for name in WATER + FOOD],
}  # fmt: skip
"""Two running pods of four and a forum, two sessions each: six turns among eight leads."""


@pytest.fixture
def services(database_url, clock, tmp_path):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a long random text")
    made = Services(settings, Database(database_url), clock)
    yield made
    made.close()


@pytest.fixture
def stored(services, network, clock):
    with services.database.write() as connection:
        store_document(connection, NetworkSource.of(Network.model_validate(NETWORK)), clock())


@pytest.fixture(scope="session")
def solved_folder(tmp_path_factory):
    """The files of a run on the network above, as a child leaves them: solved once for all tests."""
    folder = tmp_path_factory.mktemp("rota")
    write_network(folder / work.BASE, Network.model_validate(NETWORK))
    (folder / work.OVERLAY).write_text('{"program": "main"}')
    (folder / AROUND).write_text(Around(as_of=NOW).model_dump_json(exclude_defaults=True))
    work.solve(Task(folder, {"family": "rota", "kind": ""}, Limits(seconds=3)))
    return folder


@pytest.fixture
def people(stored):
    """What a stored plan needs to be there."""


@pytest.fixture
def make(client, stored, solve):
    """Runs a rota; the id of the plan."""

    def run(**more):
        body = {"family": "rota", "seconds": 3, **more}
        job = solve(client.post("/v1/programs/main/plans", body).headers["Location"])
        assert job["state"] == "done", job
        return job["result"]["plan"]

    return run


def items(client, path):
    response = client.get(path)
    assert response.status_code == 200, response.get_json()
    return response.get_json()["items"]


def turn_of(client, plan, key, week):
    (one,) = [
        one
        for one in items(client, f"/v1/plans/{plan}/turns")
        if one["key"] == [key] and one["index"] == week
    ]
    return one


@pytest.fixture
def publish(client, solve):
    """Approves and publishes a plan; its id."""

    def run(plan):
        client.post(f"/v1/plans/{plan}/approve", {})
        job = solve(f"/v1/jobs/{client.post(f'/v1/plans/{plan}/publish', {}).get_json()['job']}")
        assert job["state"] == "done", job
        return plan

    return run


@pytest.fixture
def published(plan, publish):
    """The id of a published rota."""
    return publish(plan)


@pytest.fixture
def frozen(client, published, make, publish):
    """Publishes a rota made anew, whose turns are all of the frozen days; its id. `more`: of the policy."""

    def run(**more):
        rota = {**NETWORK["policies"][0]["rota"], "frozen_days": 60, **more}
        changed = client.put("/v1/policies/default", {"pairs": {}, "rota": rota})
        assert changed.status_code == 201, changed.get_json()
        plan = publish(make())
        assert all(one["fixed"] for one in items(client, f"/v1/plans/{plan}/turns"))
        return plan

    return run
