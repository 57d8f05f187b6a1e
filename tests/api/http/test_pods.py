"""Plans of pods over HTTP: formed, read, asked, edited, compared, published beside pairs, and taken back."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from matcher.documents.read import NetworkSource
from matcher.documents.write import write_network
from matcher.domain.network import Network
from matcher.domain.settings import AcceptanceSettings, NetworkSettings
from matcher.jobs import work
from matcher.jobs.kind import Task
from matcher.planning.filed import FiledPlan
from matcher.service import family_pods
from matcher.service.acceptance import Links
from matcher.settings import Settings
from matcher.store.acceptances import acceptances_of
from matcher.store.database import Database
from matcher.store.documents import header_of, keep_snapshot, packed, store_document
from matcher.store.networks import change_network
from matcher.store.plans import add_plan
from matcher.wiring import Services
from solvers.limits import Limits

WATER, FOOD = ("ada", "ben", "cem", "dee"), ("eva", "fay", "gus", "hal")
HOME = dict(zip(WATER + FOOD, ("north", "south", "west") * 3, strict=False))


def person(name, wishes, **more):
    week = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
    return {
        "id": name, "name": name.title(), "organization": HOME[name], "time_zone": "UTC", "wishes": wishes,
        "availability": week, "hours_per_month": 40, "roles": ["learner", "guide"], **more,
    }  # fmt: skip


NETWORK = {
    "format": "peerloom-network/1",
    "id": "net",
    "name": "The network",
    "organizations": [{"id": one, "name": one.title()} for one in ("north", "south", "west")],
    "policies": [
        {"id": "default", "version": 1, "pods": {"most_newcomers": 100, "veteran_each": False}},
        {"id": "attend", "version": 1, "pods": {"most_newcomers": 100, "veteran_each": False, "quorum": 100}},
    ],
    "problems": [
        {"id": "water", "title": "Waste of water", "sponsor": "north", "least_people": 3, "most_people": 5,
         "statement": "Half of it is lost.", "success_metric": "20 % less"},
        {"id": "food", "title": "Food left over", "sponsor": "south", "least_people": 3, "most_people": 5},
        {"id": "moon", "title": "The moon", "sponsor": "west", "least_people": 9, "most_people": 9},
    ],
    "programs": [
        {"id": "main", "name": "Main", "policy": "default",
         "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20"}},
    ],
    "members": [
        *(person(name, ["water", "food"]) for name in WATER),
        *(person(name, ["food", "water"]) for name in FOOD),
    ],
}  # fmt: skip
"""Two pods of four who each get their first wish, and a problem that nobody is enough for."""


def problem(response, status, code):
    assert response.status_code == status, response.get_json()
    body = response.get_json()
    assert body["type"] == f"/problems/{code}"
    return body["detail"]


@pytest.fixture
def services(database_url, clock, tmp_path):
    settings = Settings(database=database_url, data=tmp_path / "data", secret="a long random text")
    made = Services(settings, Database(database_url), clock)
    yield made
    made.close()


@pytest.fixture(scope="session")
def solved(tmp_path_factory):
    """The files of a run of pods, as a child leaves them: solved once for all tests."""
    folder = tmp_path_factory.mktemp("pods")
    write_network(folder / work.BASE, Network.model_validate(NETWORK))
    (folder / work.OVERLAY).write_text('{"program": "main"}')
    work.solve(Task(folder, {"family": "pods", "kind": ""}, Limits(seconds=1)))
    return folder


@pytest.fixture
def plan(services, network, solved, clock):
    """The id of a proposed plan of pods of the network."""
    filed = FiledPlan.read(solved / work.RESULT)
    with services.database.write() as connection:
        store_document(connection, NetworkSource.of(Network.model_validate(NETWORK)), clock())
        keep_snapshot(connection, "net", filed.head["snapshot"], packed(solved / work.BASE), clock())
        return add_plan(connection, "net", filed, None, clock()).id


@pytest.fixture
def seats(client):
    """Who is in which pod of a plan."""

    def read(plan):
        pods = client.get(f"/v1/plans/{plan}/pods").get_json()["items"]
        return {pod["pod"]: tuple(seat["member"] for seat in pod["seats"]) for pod in pods}

    return read


def running(services):
    with services.database.read() as connection:
        return {pod.pod: pod.members for pod in header_of(connection, "net").running_pods}


def test_a_plan_of_pods_is_read_list_by_list(client, plan, seats):
    assert seats(plan) == {"water": WATER, "food": FOOD}
    shown = client.get(f"/v1/plans/{plan}").get_json()
    assert (shown["family"], shown["kind"], shown["state"]) == ("pods", None, "proposed")
    assert (shown["counts"]["pods"], shown["counts"]["seats"], shown["counts"]["not_run"]) == (2, 8, 1)
    assert [one["id"] for one in client.get("/v1/plans?family=pods").get_json()["items"]] == [plan]
    assert client.get("/v1/plans?family=pairs").get_json()["items"] == []
    page = client.get(f"/v1/plans/{plan}/pods?limit=1").get_json()
    assert [one["pod"] for one in page["items"]] == ["food"]
    rest = client.get(f"/v1/plans/{plan}/pods?limit=1&after={page['next']}").get_json()
    assert ([one["pod"] for one in rest["items"]], rest["next"]) == (["water"], None)
    mine = client.get(f"/v1/plans/{plan}/pods?member=ada").get_json()["items"]
    assert [one["pod"] for one in mine] == ["water"]
    assert [one["pod"] for one in client.get(f"/v1/plans/{plan}/not-run").get_json()["items"]] == ["moon"]
    assert client.get(f"/v1/plans/{plan}/unplaced").get_json()["items"] == []
    changes = client.get(f"/v1/plans/{plan}/changes").get_json()["items"]
    assert {(one["change"], one["pod"]) for one in changes} == {("added", "water"), ("added", "food")}
    assert client.get(f"/v1/plans/{plan}/document").get_json()["format"] == "peerloom-pods/1"
    assert client.get(f"/v1/plans/{plan}/pairs").get_json()["items"] == []


def test_pods_are_asked_for_by_family(client, services, plan, solve, seats):
    body = {"family": "pods", "seconds": 1}
    job = solve(client.post("/v1/programs/main/plans", body).headers["Location"])
    assert job["state"] == "done", job
    assert seats(job["result"]["plan"]) == {"water": WATER, "food": FOOD}
    audit = solve(client.post(f"/v1/plans/{plan}/audit").headers["Location"])
    assert audit["result"]["clean"], audit
    told = problem(
        client.post("/v1/programs/main/plans", {**body, "kind": "mentoring"}), 422, "invalid-request"
    )
    assert "no kinds" in told
    problem(client.post("/v1/programs/main/plans", {"family": "rotas"}), 422, "invalid-request")
    told = problem(client.post("/v1/programs/main/plans", {"previous": plan}), 409, "conflict")
    assert "holds pods" in told


def test_why_a_seat_why_not_and_what_else(client, plan):
    def ask(**query):
        return client.get(f"/v1/plans/{plan}/explain?{urlencode(query)}")

    seat = ask(member="ada", pod="water").get_json()["seat"]
    assert (seat["together"], seat["eligible"], seat["title"]) == (True, True, "Waste of water")
    assert any("first wish" in sentence for sentence in seat["sentences"])
    other = ask(member="ada", pod="food").get_json()["seat"]
    assert (other["together"], other["effect"]["local"], other["effect"]["exact"]) == (False, True, False)
    assert {"member": "ada", "pod": "food", "change": "starts"} in other["effect"]["moves"]
    (points,) = [one for one in other["effect"]["tiers"] if one["tier"] == "points"]
    assert points["gain"] < 0
    whole = ask(member="ada").get_json()["seats"]
    assert [one["pod"] for one in whole["seats"]] == ["water"]
    assert whole["nearest"]
    moves = client.get(f"/v1/plans/{plan}/moves?member=ada").get_json()
    assert moves["pods"] == ["water"]
    kinds = {(one["kind"], one["target"]) for one in moves["options"]}
    assert {("move", "food"), ("swap", "food"), ("leave", None)} <= kinds
    assert {one["other"] for one in moves["options"] if one["kind"] == "swap"} == set(FOOD)
    assert [one["pod"] for one in moves["barred"]] == ["moon"]
    shown = ask(member="ada", pod="food", audience="member:ada").get_json()["seat"]
    assert (shown["points"], shown["effect"]) == (None, None)
    assert "wishes" not in shown["parts"]
    problem(ask(member="ada", pod="food", audience="member:ben"), 422, "invalid-request")
    problem(ask(member="nobody"), 404, "not-found")
    problem(ask(member="ada", pod="sun"), 404, "not-found")
    problem(ask(learner="ada", guide="ben"), 409, "conflict")
    problem(ask(learner="ada", guide="ben", pod="water"), 422, "invalid-request")


def test_a_seat_and_a_pod_are_solved_for_and_the_job_keeps_the_answer(client, plan, solve):
    def ask(**question):
        job = solve(client.post(f"/v1/plans/{plan}/explain", {"seconds": 2, **question}).headers["Location"])
        assert (job["state"], job["kind"], job["program"]) == ("done", "explain", None), job
        assert (job["result"]["plan"], job["result"]["revision"]) == (plan, 1)
        return job["result"]

    seat = ask(member="ada", pod="food")["seat"]
    effect = seat["effect"]
    assert effect["possible"]
    assert effect["exact"] is not effect["local"]
    assert {"member": "ada", "pod": "food", "change": "starts"} in effect["moves"]
    assert len({move["member"] for move in effect["moves"]}) <= 2
    assert seat["sentences"][-1] == f"Solved around it: {effect['sentence']}"
    quick = client.get(f"/v1/plans/{plan}/explain?member=ada&pod=food").get_json()["seat"]["effect"]
    gains = [{tier["tier"]: tier["gain"] for tier in one["tiers"]} for one in (quick, effect)]
    assert gains[1]["points"] >= gains[0]["points"]
    runs = ask(pod="food")["pod"]
    assert (runs["runs"], runs["effect"]["possible"]) == (True, True)
    assert {move["pod"] for move in runs["effect"]["moves"] if move["change"] == "ends"} >= {"food"}
    moon = ask(pod="moon")["pod"]
    assert (moon["runs"], moon["effect"]["possible"], moon["effect"]["exact"]) == (False, False, True)
    told = client.get(f"/v1/plans/{plan}/explain?pod=moon").get_json()["pod"]
    assert (told["reason"], told["effect"], told["eligible"]) == ("too_few_people", None, 8)
    path = f"/v1/plans/{plan}/explain"
    problem(client.post(path, {"member": "ada"}), 422, "invalid-request")
    problem(client.post(path, {"learner": "ada", "guide": "ben"}), 409, "conflict")
    problem(client.post("/v1/plans/plan_none/explain", {"pod": "moon"}), 404, "not-found")
    job = solve(client.post(path, {"pod": "sun"}).headers["Location"])
    assert (job["state"], job["problem"]["code"]) == ("failed", "refused")
    assert "sun" in job["problem"]["detail"]


def test_edits_of_seats_are_priced_and_solved_around_with_few_changes(client, plan, solve, seats):
    path = f"/v1/plans/{plan}"
    assert "about pairs" in problem(
        client.post(f"{path}/edits", {"op": "pin", "learner": "ada", "guide": "ben"}), 409, "conflict"
    )
    astray = {"op": "move", "member": "ada", "pod": "food", "other_pod": "water"}
    problem(client.post(f"{path}/edits", astray), 409, "conflict")
    swap = {"op": "swap", "member": "ada", "pod": "water", "other_member": "eva", "other_pod": "food"}
    price = client.post(f"{path}/edits", swap).get_json()["price"]
    assert {(one["member"], one["pod"], one["change"]) for one in price["effect"]["moves"]} == {
        ("ada", "water", "ends"), ("ada", "food", "starts"),
        ("eva", "food", "ends"), ("eva", "water", "starts"),
    }  # fmt: skip
    clash = problem(
        client.post(f"{path}/edits", {"op": "pin", "member": "ada", "pod": "water"}), 409, "conflict"
    )
    assert "edit 1" in clash
    job = solve(client.post(f"{path}/resolve", {"seconds": 1}).headers["Location"])
    assert job["state"] == "done", job
    assert seats(plan) == {"water": ("ben", "cem", "dee", "eva"), "food": ("ada", "fay", "gus", "hal")}
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["objections"] == []
    moves = client.get(f"{path}/moves?member=ada").get_json()
    assert (moves["pods"], moves["options"]) == (["food"], [])  # the seat is fixed by the edit
    changes = client.get(f"{path}/changes").get_json()["items"]
    assert {(one["change"], one["member"], one["pod"]) for one in changes if one["change"] != "kept"} == {
        ("ended", "ada", "water"), ("ended", "eva", "food"),
        ("added", "ada", "food"), ("added", "eva", "water"),
    }  # fmt: skip
    assert client.post(f"{path}/edits", {"op": "undo"}).status_code == 201
    forbid = {"op": "forbid", "member": "eva", "pod": "water"}
    assert client.post(f"{path}/edits", forbid).get_json()["price"]["effect"]["local"]
    job = solve(client.post(f"{path}/resolve", {"seconds": 1}).headers["Location"])
    assert "eva" in seats(plan)["food"]
    assert client.get(path).get_json()["revision"] == 3


def test_two_policies_are_compared_seat_by_seat(client, plan, solve):
    policies = [{"id": "default", "version": 1}, {"id": "attend", "version": 1}]
    body = {"family": "pods", "policies": policies, "seconds": 2}
    job = solve(client.post("/v1/programs/main/comparisons", body).headers["Location"])
    assert job["state"] == "done", job
    found = client.get(job["result"]["compare"]).get_json()
    assert (found["kept"], found["added"], found["dropped"], found["items"]) == (8, 0, 0, [])
    assert (found["same_people"], found["same_points"]) == (True, True)


def publish(client, solve, plan):
    assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
    job = solve(client.post(f"/v1/plans/{plan}/publish").headers["Location"])
    assert job["state"] == "done", job
    return job["result"]


def test_published_pods_meet_and_are_taken_back(client, services, plan, solve):
    done = publish(client, solve, plan)
    sessions = client.get("/v1/sessions?family=pods&limit=1000").get_json()["items"]
    assert done["sessions"] == len(sessions) == 12
    water = [one for one in sessions if one["key"] == ["water"]]
    assert {tuple(one["attendees"]) for one in water} == {WATER}
    assert water[0]["title"] == "Pod: Waste of water"
    assert "Half of it is lost.\nSuccess: 20 % less" in water[0]["description"]
    assert "Why you were matched" in water[0]["description"]
    assert len({one["start"][11:] for one in water}) == 1
    assert running(services) == {"water": WATER, "food": FOOD}
    invite = client.get(f"/v1/sessions/{water[0]['id']}/invite.ics?member=ada")
    assert invite.status_code == 409
    assert client.post(f"/v1/plans/{plan}/retract").get_json()["cancelled"] == 12
    assert running(services) == {}


def test_who_declines_a_seat_leaves_it_and_the_others_stay(
    client, services, plan, solve, seats, stranger, monkeypatch
):
    monkeypatch.setattr(family_pods, "repair_seconds", 1)
    settings = NetworkSettings(acceptance=AcceptanceSettings(needed=True, families=("pods",)))
    with services.database.write() as connection:
        change_network(connection, "net", "The network", settings, services.now())
    assert client.post(f"/v1/plans/{plan}/approve").status_code == 200
    asked = client.get(f"/v1/plans/{plan}/acceptances").get_json()["items"]
    assert {(*one["key"], one["member"]) for one in asked} == {
        (pod, member) for pod, members in seats(plan).items() for member in members
    }

    def say(member, answer):
        with services.database.read() as connection:
            one = next(one for one in acceptances_of(connection, "net", plan) if one.member == member)
        path = f"/answer/{Links.of(services.settings).token(one)}"
        shown = stranger("POST", path, data={"answer": answer}).get_data(as_text=True)
        assert ("Waste of water" if member in WATER else "Food left over") in shown

    for member in (*WATER[:3], *FOOD):
        say(member, "yes")
    assert "1 pods" in problem(client.post(f"/v1/plans/{plan}/publish"), 409, "conflict")
    say("dee", "no")
    (job,) = client.get("/v1/jobs?kind=resolve").get_json()["items"]
    done = solve(f"/v1/jobs/{job['id']}")
    assert done["state"] == "done", done
    after = seats(plan)
    assert set(after["water"]) >= {"ada", "ben", "cem"}
    assert "dee" not in after["water"]
    (edit,) = client.get(f"/v1/plans/{plan}/edits").get_json()["items"]
    told = (edit["edit"]["op"], edit["edit"]["member"], edit["edit"]["pod"], edit["edit"]["note"])
    assert told == ("forbid", "dee", "water", "acceptance")
    for member in {member for members in after.values() for member in members}:
        states = [
            one["state"]
            for one in client.get(f"/v1/plans/{plan}/acceptances").get_json()["items"]
            if one["member"] == member and member in after.get(one["key"][0], ())
        ]
        if states == ["open"]:
            assert member == "dee"
            with services.database.read() as connection:
                rows = acceptances_of(connection, "net", plan)
            one = next(one for one in rows if one.member == "dee" and one.state == "open")
            stranger("POST", f"/answer/{Links.of(services.settings).token(one)}", data={"answer": "yes"})
    job = solve(client.post(f"/v1/plans/{plan}/publish").headers["Location"])
    assert job["state"] == "done", job
