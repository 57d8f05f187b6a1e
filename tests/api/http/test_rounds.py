"""Plans of rounds over HTTP: formed, read, asked, edited, published group by group, repaired, and history."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from urllib.parse import urlencode

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.network import Network
from matcher.domain.settings import AcceptanceSettings, NetworkSettings
from matcher.service import family_rounds
from matcher.service.acceptance import Links
from matcher.settings import Settings
from matcher.store.acceptances import acceptances_of
from matcher.store.database import Database
from matcher.store.documents import header_of, store_document
from matcher.store.networks import change_network
from matcher.wiring import Services

PEOPLE = [f"m{i:02d}" for i in range(12)]
WEEK = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
NIGHT = [{"day": 7, "start": "18:00", "end": "20:00"}]


def person(i, **more):
    return {
        "id": PEOPLE[i], "name": f"Person {i}", "organization": f"o{i % 4}", "time_zone": "UTC",
        "availability": WEEK, "email": f"m{i:02d}@example.org", **more,
    }  # fmt: skip


NETWORK = {
    "format": "peerloom-network/1",
    "id": "net",
    "name": "The network",
    "organizations": [{"id": f"o{k}", "name": f"O{k}"} for k in range(4)],
    "policies": [{"id": "default", "version": 1}],
    "programs": [
        {"id": "main", "name": "Circles", "policy": "default",
         "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20"}},
    ],
    "members": [person(i, avoids=["m05"] if i == 0 else []) for i in range(12)],
}  # fmt: skip


def changed(**members):
    """The network with some of its people changed."""
    rows = [{**one, **members.pop(one["id"], {})} for one in NETWORK["members"]]
    return {**NETWORK, "members": [*rows, *members.values()]}


@pytest.fixture
def services(database_url, clock, tmp_path):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a long random text")
    made = Services(settings, Database(database_url), clock)
    yield made
    made.close()


@pytest.fixture
def store(services, network, clock):
    """Stores a document as the network."""

    def put(document):
        with services.database.write() as connection:
            store_document(connection, NetworkSource.of(Network.model_validate(document)), clock())

    put(NETWORK)
    return put


@pytest.fixture
def form(client, solve, store):
    """Runs rounds, which are proven long before their time is up; returns the id of the plan."""

    def run(**more):
        body = {"family": "rounds", "seconds": 30, **more}
        job = solve(client.post("/v1/programs/main/plans", body).headers["Location"])
        assert job["state"] == "done", job
        return job["result"]["plan"]

    return run


@pytest.fixture
def publish(client, solve):
    def run(plan):
        assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
        job = solve(client.post(f"/v1/plans/{plan}/publish").headers["Location"])
        assert job["state"] == "done", job
        return job["result"]

    return run


def groups(client, plan, **query):
    path = f"/v1/plans/{plan}/groups?{urlencode({'limit': 1000, **query})}"
    return client.get(path).get_json()["items"]


def met(rows):
    return [frozenset(pair) for one in rows for pair in combinations(one["members"], 2)]


def problem(response, status, code):
    assert response.status_code == status, response.get_json()
    body = response.get_json()
    assert body["type"] == f"/problems/{code}"
    return body["detail"]


def test_a_plan_of_rounds_is_formed_and_read_list_by_list(client, form):
    plan = form(rounds={"number": 3, "size": 3})
    shown = client.get(f"/v1/plans/{plan}").get_json()
    assert (shown["family"], shown["kind"], shown["state"], shown["status"]) == (
        "rounds", None, "proposed", "optimal",
    )  # fmt: skip
    assert (shown["counts"]["rounds"], shown["counts"]["groups"], shown["counts"]["repeats"]) == (3, 12, 0)
    rounds = client.get(f"/v1/plans/{plan}/rounds").get_json()["items"]
    assert [(one["number"], one["groups"], one["people"], one["held"]) for one in rounds] == [
        (number, 4, 12, False) for number in (1, 2, 3)
    ]
    assert [one["week_of"] for one in rounds] == ["2026-09-28", "2026-10-26", "2026-11-23"]
    rows = groups(client, plan)
    assert len(rows) == 12
    assert len(set(met(rows))) == len(met(rows)) == 36
    assert all(len(one["first"]) == 3 and not one["again"] for one in rows)
    mine = groups(client, plan, member="m00")
    assert [one["round"] for one in mine] == [1, 2, 3]
    page = client.get(f"/v1/plans/{plan}/groups?limit=5").get_json()
    rest = client.get(f"/v1/plans/{plan}/groups?limit=100&after={page['next']}").get_json()
    assert [*page["items"], *rest["items"]] == rows
    people = client.get(f"/v1/plans/{plan}/people").get_json()["items"]
    assert {(one["rounds"], one["new_people"], one["fresh_rounds_left"]) for one in people} == {(3, 6, 2)}
    assert client.get(f"/v1/plans/{plan}/unplaced").get_json()["items"] == []
    assert client.get(f"/v1/plans/{plan}/pods").get_json()["items"] == []
    assert client.get(f"/v1/plans/{plan}/document").get_json()["format"] == "peerloom-rounds/1"
    assert [one["id"] for one in client.get("/v1/plans?family=rounds").get_json()["items"]] == [plan]


def test_what_is_asked_of_rounds_is_refused_where_it_cannot_be(client, form):
    def ask(**body):
        return client.post("/v1/programs/main/plans", {"family": "rounds", **body})

    assert "rounds.number" in problem(ask(), 422, "invalid-request")
    problem(ask(kind="mentoring", rounds={"number": 2}), 422, "invalid-request")
    problem(ask(rounds={"number": 2, "colour": 1}), 422, "invalid-request")
    told = problem(ask(family="pods", rounds={"number": 2}), 422, "invalid-request")
    assert "takes no rounds" in told
    plan = form(rounds={"number": 2, "size": 2})
    problem(ask(family="pods", previous=plan), 409, "conflict")


def test_why_this_group_and_whom_one_meets(client, form):
    plan = form(rounds={"number": 6, "size": 4}, seconds=3)

    def ask(**query):
        return client.get(f"/v1/plans/{plan}/explain?{urlencode(query)}")

    whole = ask(member="m00").get_json()["rounds"]
    assert [one["round"] for one in whole["rounds"]] == [1, 2, 3, 4, 5, 6]
    assert len(whole["met"]) == 10  # all but m05, whom they avoid
    assert whole["fresh_rounds_left"] == 0
    assert any("at most 0 further rounds" in sentence for sentence in whole["sentences"])
    again = [one for one in whole["rounds"] if one["again"]]
    assert again
    one = ask(member="m00", round=again[0]["round"]).get_json()["rounds"]
    assert one["rounds"] == [again[0]]
    assert "again" in again[0]["sentences"][-1]
    shown = ask(member="m00", audience="member:m00").get_json()["rounds"]
    assert shown["met"] == whole["met"]
    ours = ask(member="m00", audience="organization:o0").get_json()["rounds"]
    assert set(ours["met"]) <= {"m04", "m08"}
    assert sum(row["hidden"] for row in ours["rounds"]) > 0
    problem(ask(member="m00", audience="member:m01"), 422, "invalid-request")
    problem(ask(member="nobody"), 404, "not-found")
    problem(ask(member="m00", round=7), 404, "not-found")
    problem(ask(member="m00", pod="x"), 409, "conflict")
    problem(ask(round=1), 422, "invalid-request")


def test_edits_of_rounds_are_held_and_change_few_groups(client, form, solve):
    plan = form(rounds={"number": 3, "size": 3})
    path = f"/v1/plans/{plan}"
    before = groups(client, plan)

    def edit(**body):
        return client.post(f"{path}/edits", body)

    mate = before[0]["members"][1]
    lone, other = before[0]["members"][0], before[1]["members"][0]
    assert edit(op="forbid", member=lone, other_member=mate).status_code == 201
    one, two = (
        next(who for who in row["members"] if who not in ("m00", "m05", other))
        for row in [row for row in before if row["round"] == 2][:2]
    )
    effect = edit(op="pin", member=one, other_member=two, round=2).get_json()["price"]["effect"]
    assert (effect["local"], effect["exact"]) == (True, False)
    assert {move["member"] for move in effect["moves"]} & {one, two}
    assert {move["pod"].split("-")[1] for move in effect["moves"]} == {"2"}
    effect = edit(op="forbid", member=other, round=3).get_json()["price"]["effect"]
    assert [(one["member"], one["change"]) for one in effect["moves"]] == [(other, "ends")]
    assert {one["tier"]: one["gain"] for one in effect["tiers"]}["left_out"] == 0
    assert "avoid list" in problem(edit(op="pin", member="m00", other_member="m05", round=1), 409, "conflict")
    assert "by edit 3" in problem(edit(op="pin", member=other, other_member="m03", round=3), 409, "conflict")
    problem(edit(op="forbid", member="m00", round=9), 404, "not-found")
    problem(edit(op="pin", member="m00", pod="x"), 409, "conflict")
    job = solve(client.post(f"{path}/resolve", {"seconds": 1}).headers["Location"])
    assert job["state"] == "done", job
    after = groups(client, plan)
    assert frozenset((lone, mate)) not in met(after)
    assert any({one, two} <= set(row["members"]) for row in after if row["round"] == 2)
    assert [one["round"] for one in groups(client, plan, member=other)] == [1, 2]
    changes = client.get(f"{path}/changes?limit=1000").get_json()["items"]
    kept = [one for one in changes if one["change"] == "kept"]
    assert len(kept) >= 4
    assert all(one["sentence"] for one in changes)
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["objections"] == []
    found = client.get(f"{path}/compare?with={form(rounds={'number': 3, 'size': 3})}").get_json()
    assert found["kept"] + found["dropped"] == 35
    assert (found["same_people"], found["same_points"]) == (True, True)


def sessions_of(client):
    return client.get("/v1/sessions?family=rounds&limit=1000").get_json()["items"]


def test_published_rounds_meet_in_their_periods_and_are_taken_back(client, services, store, form, publish):
    store(changed(m03={"availability": NIGHT}, m07={"availability": NIGHT}))
    plan = form(rounds={"number": 3, "size": 2})
    done = publish(plan)
    sessions = sessions_of(client)
    assert done["sessions"] == len(sessions)
    assert done["sessions"] + done["unscheduled"] == 18
    starts = {1: "2026-09-28", 2: "2026-10-26", 3: "2026-11-23", 4: "2026-12-21"}
    rows = {one["group"]: one for one in groups(client, plan)}
    for one in sessions:
        number = rows[one["key"][0]]["round"]
        assert starts[number] <= one["start"][:10] < starts[number + 1]
        assert date.fromisoformat(one["start"][:10]) < date.fromisoformat(starts[number]) + timedelta(7)
        assert sorted(one["attendees"]) == sorted(rows[one["key"][0]]["members"])
        assert one["title"].startswith(f"Round {number}: Person")
        assert "None of you has met another" in one["description"]
    lone = client.get(f"/v1/plans/{plan}/unscheduled").get_json()["items"]
    assert len(lone) == done["unscheduled"] > 0
    for one in lone:
        assert len({"m03", "m07"} & set(one["attendees"])) == 1
        assert one["reason"] == "no_common_time"
    with services.database.read() as connection:
        running = header_of(connection, "net").running_rounds
    assert [(one.cycle, one.number, len(one.groups)) for one in running] == [
        ("2026-4", n, 6) for n in (1, 2, 3)
    ]
    feed = client.post("/v1/feeds", {"member": "m00"})
    assert feed.status_code == 201, feed.get_json()
    assert client.post(f"/v1/plans/{plan}/retract").get_json()["cancelled"] == done["sessions"]
    with services.database.read() as connection:
        assert header_of(connection, "net").running_rounds == ()


def test_rounds_that_began_stay_and_the_rest_is_repaired(client, clock, store, form, publish):
    first = form(rounds={"number": 3, "size": 3})
    publish(first)
    before = {one["group"]: one for one in groups(client, first)}
    sessions = {one["key"][0]: one for one in sessions_of(client)}
    clock.forward(days=40)  # to 2026-10-11: the first round took place
    new = person(3, id="m98", name="New")
    store(changed(m02={"status": "left"}, m98=new))
    second = form(seconds=3)
    shown = client.get(f"/v1/plans/{second}").get_json()
    assert (shown["counts"]["rounds"], shown["counts"]["held"]) == (3, 1)
    tiers = {one["name"]: one for one in shown["tiers"]}
    assert (tiers["changed_groups"]["value"], tiers["changed_groups"]["proven"]) == (0, True)
    after = {one["group"]: one for one in groups(client, second)}
    assert {key: one["members"] for key, one in after.items() if one["round"] == 1} == {
        key: one["members"] for key, one in before.items() if one["round"] == 1
    }
    changes = client.get(f"/v1/plans/{second}/changes").get_json()["items"]
    assert {one["change"] for one in changes} == {"kept", "changed"}
    assert sum(one["change"] == "kept" for one in changes) == 6
    assert any("m98 joins them" in one["sentence"] for one in changes)
    publish(second)
    now = {one["key"][0]: one for one in sessions_of(client)}
    for key, one in after.items():
        same = set(one["members"]) == set(before[key]["members"])
        assert (now[key]["uid"], now[key]["start"]) == (
            sessions[key]["uid"],
            sessions[key]["start"],
        ) or not same
        assert now[key]["sequence"] == (0 if same else 1)


def test_published_rounds_are_history_for_the_next_cycle(client, services, store, form, publish):
    first = form(rounds={"number": 3, "size": 2})
    publish(first)
    old = set(met(groups(client, first)))
    document = client.get("/v1/document").get_json()
    document["programs"][0]["cycle"] = {"id": "2027-1", "start": "2027-01-04", "end": "2027-03-28"}
    client("PUT", "/v1/document?force=true", document)
    second = form(rounds={"number": 2, "size": 2})
    assert not old & set(met(groups(client, second)))
    publish(second)
    with services.database.read() as connection:
        header = header_of(connection, "net")
    assert {(one.cycle, one.cycles_ago) for one in header.ended_rounds} == {("2026-4", 1)}
    assert {one.cycle for one in header.running_rounds} == {"2027-1"}
    client.post(f"/v1/plans/{second}/retract")
    with services.database.read() as connection:
        header = header_of(connection, "net")
    assert header.ended_rounds == ()
    assert {one.cycle for one in header.running_rounds} == {"2026-4"}


def test_who_declines_a_round_is_absent_from_it(client, services, form, solve, stranger, monkeypatch):
    monkeypatch.setattr(family_rounds, "repair_seconds", 1)
    settings = NetworkSettings(acceptance=AcceptanceSettings(needed=True, families=("rounds",)))
    with services.database.write() as connection:
        change_network(connection, "net", "The network", settings, services.now())
    plan = form(rounds={"number": 2, "size": 3})
    assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
    with services.database.read() as connection:
        rows = acceptances_of(connection, "net", plan)
    assert len(rows) == 24
    one = next(row for row in rows if row.member == "m04" and row.key.startswith("round-2"))
    path = f"/answer/{Links.of(services.settings).token(one)}"
    shown = stranger("POST", path, data={"answer": "no"}).get_data(as_text=True)
    assert "in the round from Mon, 9 Nov 2026" in shown
    (job,) = client.get("/v1/jobs?kind=resolve").get_json()["items"]
    assert solve(f"/v1/jobs/{job['id']}")["state"] == "done"
    assert [row["round"] for row in groups(client, plan, member="m04")] == [1]
    (edit,) = client.get(f"/v1/plans/{plan}/edits").get_json()["items"]
    assert (edit["edit"]["op"], edit["edit"]["member"], edit["edit"]["round"]) == ("forbid", "m04", 2)


def with_pods():
    """The network with two running pods of four and a forum, and people who may lead them."""
    hours = {one: {"training": "lead", "hours_per_month": 40} for one in PEOPLE}
    one = {"weekday": 3, "start": "10:00", "time_zone": "UTC"}
    return {
        **changed(**hours),
        "problems": [{"id": name, "title": name.title(), "sponsor": "o0"} for name in ("water", "food")],
        "forums": [{"id": "open", "title": "Open hour", "expert": "m11"}],
        "running_pods": [
            {"pod": "water", "members": PEOPLE[:4], "meeting": one},
            {"pod": "food", "members": PEOPLE[4:8], "meeting": one},
        ],
    }


def overlapping(sessions):
    """People who are in two of these sessions at once."""
    return [
        sorted(set(one["attendees"]) & set(other["attendees"]))
        for one, other in combinations(sessions, 2)
        if one["start"] < other["end"] and other["start"] < one["end"]
        if set(one["attendees"]) & set(other["attendees"])
    ]


@pytest.mark.parametrize("first", ["rounds", "rota"])
def test_rounds_and_a_rota_keep_clear_of_each_other_whichever_comes_first(
    client, store, form, publish, first
):
    """Each session has one UID, nobody is in two at once, and the first of the two does not move."""
    store(with_pods())
    asked = {"rounds": {"rounds": {"number": 2, "size": 2}}, "rota": {"family": "rota"}}

    def sessions():
        return client.get("/v1/sessions?limit=1000").get_json()["items"]

    def placed():
        return {one["uid"]: (one["start"], one["attendees"]) for one in sessions()}

    publish(form(**asked[first], seconds=3))
    before = placed()
    publish(form(**asked["rota" if first == "rounds" else "rounds"], seconds=3))
    after = sessions()
    families = [one["family"] for one in after]
    assert {one: families.count(one) for one in ("rounds", "pods", "rota")} == {
        "rounds": 12,
        "pods": 12,
        "rota": 6,
    }
    assert len(placed()) == len(after) == 30
    assert overlapping(after) == []
    assert before.items() <= placed().items()
