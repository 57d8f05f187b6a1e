"""Rotas over HTTP: made around published pods, read, edited, published over their times, swapped, taken back."""

from __future__ import annotations

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.network import Network
from matcher.settings import Settings
from matcher.store.database import Database
from matcher.store.documents import store_document
from matcher.wiring import Services

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


def test_a_rota_is_made_and_read_list_by_list(client, make):
    plan = make()
    shown = client.get(f"/v1/plans/{plan}").get_json()
    assert (shown["family"], shown["kind"], shown["state"]) == ("rota", None, "proposed")
    assert (shown["counts"]["series"], shown["counts"]["sessions"], shown["counts"]["turns"]) == (3, 6, 6)
    path = f"/v1/plans/{plan}"
    assert [one["key"] for one in items(client, f"{path}/series")] == [["open"], ["food"], ["water"]]
    first = client.get(f"{path}/series?limit=1").get_json()
    rest = client.get(f"{path}/series?limit=5&after={first['next']}").get_json()
    assert ([one["kind"] for one in first["items"] + rest["items"]], rest["next"]) == (
        ["forum", "pod", "pod"],
        None,
    )
    turns = items(client, f"{path}/turns")
    assert len(turns) == 6
    assert [one["start"] for one in turns] == sorted(one["start"] for one in turns)
    assert len({one["id"] for one in turns}) == 6
    taker = turns[0]["member"]
    mine = items(client, f"{path}/turns?member={taker}&role=lead")
    assert {one["member"] for one in mine} == {taker}
    assert items(client, f"{path}/turns?open=true") == items(client, f"{path}/open-turns") == []
    paged, after = [], ""
    while after is not None:
        page = client.get(
            f"{path}/turns?limit=2&open=false" + (f"&after={after}" if after else "")
        ).get_json()
        paged += page["items"]
        after = page["next"]
    assert paged == turns
    (me,) = items(client, f"{path}/people?member={taker}")
    assert sum(me["turns"].values()) == len(mine)
    assert {one["organization"] for one in items(client, f"{path}/shares")} <= {"north", "south", "west"}
    assert items(client, f"{path}/no-time") == []
    assert {one["mode"] for one in items(client, f"{path}/modes")} == {"stable", "rotating"}
    assert client.get(f"{path}/document").get_json()["format"] == "peerloom-rota/1"
    assert items(client, f"{path}/pairs") == items(client, f"{path}/pods") == []
