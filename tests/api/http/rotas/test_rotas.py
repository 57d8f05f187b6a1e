"""Rotas over HTTP: made around running pods, read, asked, edited, published, taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.api.http.rotas.conftest import NETWORK, items, turn_of


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
    (me,) = items(client, f"{path}/ledgers?member={taker}")
    assert sum(me["turns"].values()) == len(mine)
    assert {one["organization"] for one in items(client, f"{path}/shares")} <= {"north", "south", "west"}
    assert items(client, f"{path}/no-time") == []
    assert {one["mode"] for one in items(client, f"{path}/modes")} == {"stable", "rotating"}
    assert client.get(f"{path}/document").get_json()["format"] == "peerloom-rota/1"
    assert items(client, f"{path}/pairs") == items(client, f"{path}/pods") == []


def test_who_could_take_a_turn_and_when_a_group_could_meet(client, plan):
    path = f"/v1/plans/{plan}"
    turn = turn_of(client, plan, "water", 0)
    told = client.get(f"{path}/turns/{turn['id']}/stand-ins").get_json()
    assert (told["turn"]["member"], told["title"], told["key"]) == (
        turn["member"],
        "Waste of water",
        ["water"],
    )
    assert told["stand_ins"]
    assert turn["member"] not in {one["member"] for one in told["stand_ins"]}
    first = told["stand_ins"][0]
    moves = {(one["member"], one["change"]) for one in first["effect"]["moves"]}
    assert {(turn["member"], "ends"), (first["member"], "starts")} <= moves
    times = client.get(f"{path}/times?kind=pod&key=water").get_json()
    assert sum(one["chosen"] for one in times["times"]) == 1
    assert times["times"][0]["sessions"] == 2
    me = client.get(f"{path}/explain?member={turn['member']}").get_json()["turns"]
    assert (["water"], 0) in [(one["key"], one["index"]) for one in me["turns"]]
    assert client.get(f"{path}/turns/nothing/stand-ins").status_code == 404
    assert client.get(f"{path}/times?kind=pod&key=moon").status_code == 404


def test_a_turn_is_given_away_by_an_edit_and_the_rest_stays(client, plan, solve):
    path = f"/v1/plans/{plan}"
    before = {one["id"]: one["member"] for one in items(client, f"{path}/turns")}
    turn = turn_of(client, plan, "water", 0)
    other = client.get(f"{path}/turns/{turn['id']}/stand-ins").get_json()["stand_ins"][0]["member"]
    name = {"key": ["water"], "index": 0, "role": "lead"}
    edit = {"op": "move", "member": turn["member"], "turn": name, "other_member": other}
    answer = client.post(f"{path}/edits", edit)
    assert answer.status_code == 201, answer.get_json()
    assert {one["change"] for one in answer.get_json()["price"]["effect"]["moves"]} == {"starts", "ends"}
    clash = client.post(f"{path}/edits", {"op": "pin", "member": turn["member"], "turn": name})
    assert clash.status_code == 409
    wrong = client.post(f"{path}/edits", {"op": "move", "member": turn["member"], "turn": name})
    assert wrong.status_code == 422
    job = solve(client.post(f"{path}/resolve", {"seconds": 3}).headers["Location"])
    assert job["state"] == "done", job
    after = {one["id"]: one["member"] for one in items(client, f"{path}/turns")}
    assert after[turn["id"]] == other
    assert {one for one in after if after[one] != before[one]} == {turn["id"]}
    changes = items(client, f"{path}/changes?member={other}")
    assert [(one["change"], one["before"], one["after"]) for one in changes] == [
        ("taken_over", turn["member"], other)
    ]
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["clean"], audit["result"]["objections"]


def test_a_rota_is_published_and_taken_back(client, plan, solve):
    path = f"/v1/plans/{plan}"
    assert client.post(f"{path}/approve", {}).status_code == 200
    job = solve(f"/v1/jobs/{client.post(f'{path}/publish', {}).get_json()['job']}")
    assert job["state"] == "done", job
    held = items(client, "/v1/sessions?state=scheduled")
    assert len(held) == 6
    turns = {one["id"].rsplit("-", 2)[0]: one for one in items(client, f"{path}/turns")}
    for one in held:
        turn = turns[one["id"]]
        assert one["start"] == turn["start"]
        assert one["roles"] == {turn["member"]: "lead"}
    feed = client.post("/v1/feeds", {"member": turns[held[0]["id"]]["member"]}).get_json()["url"]
    text = client.get("/feeds/" + feed.rpartition("/")[2]).get_data(as_text=True)
    assert "(you lead)" in text.replace("\r\n ", "")
    done = client.post(f"{path}/retract", {}).get_json()
    assert done["cancelled"] == 6
    assert items(client, "/v1/sessions?state=scheduled") == []


def test_a_session_is_moved_by_hand_and_the_rest_is_solved_around_it(client, plan, solve):
    path = f"/v1/plans/{plan}"
    before = {(one["kind"], one["key"][0], s["index"]): s["start"]
              for one in items(client, f"{path}/series") for s in one["sessions"]}  # fmt: skip
    taken = [datetime.fromisoformat(one) for one in before.values()]
    hours = [datetime(2026, 9, 29 + k // 7, 9 + k % 7, tzinfo=UTC) for k in range(14)]
    free = next(one for one in hours if all(abs(one - other) >= timedelta(hours=1) for other in taken))
    start = f"{free:%Y-%m-%dT%H:%M:%SZ}"
    edit = {"op": "retime", "turn": {"key": ["water"], "index": 0}, "start": start, "note": "a visit"}
    answer = client.post(f"{path}/edits", edit)
    assert (answer.status_code, answer.get_json()["price"]["sentences"][0]) == (201, "4 of 4 can come then.")
    night = client.post(f"{path}/edits", {**edit, "start": "2026-09-29T03:00:00Z"})
    assert (night.status_code, "0 of 4 can come" in night.get_json()["detail"]) == (409, True)
    for wrong in ({"role": "lead"}, {"index": None}):
        assert client.post(f"{path}/edits", {**edit, "turn": {**edit["turn"], **wrong}}).status_code == 422
    astray = {"op": "pin", "learner": "ada", "guide": "gus", "start": start}
    assert client.post(f"{path}/edits", astray).status_code == 422
    job = solve(client.post(f"{path}/resolve", {"seconds": 3}).headers["Location"])
    assert job["state"] == "done", job
    after = {(one["kind"], one["key"][0], s["index"]): s["start"]
             for one in items(client, f"{path}/series") for s in one["sessions"]}  # fmt: skip
    assert after.pop(("pod", "water", 0)) == start
    assert {place: when for place, when in after.items() if before[place] != when} == {}
    audit = solve(client.post(f"{path}/audit").headers["Location"])
    assert audit["result"]["clean"], audit["result"]["objections"]


def test_forums_are_parts_of_a_network_and_hold_together(client, stored):
    lab = {"id": "lab", "title": "Lab", "expert": "gus", "members": ["ada", "ben"]}
    assert client.put("/v1/forums/lab", lab).status_code == 201
    assert [one["id"] for one in items(client, "/v1/forums")] == ["lab", "open"]
    wrong = client.put("/v1/forums/lab", {**lab, "expert": "nobody"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "#/expert")
    assert client.put("/v1/forums/lab", {**lab, "id": "water"}).status_code == 422
    named = client.delete("/v1/members/gus")
    assert (named.status_code, "forum 'lab'" in str(named.get_json()["errors"])) == (409, True)
    fixed = {"forums": ["lab"], "pins": [{"member": "ada", "key": ["lab"], "must": "take"}]}
    pinned = {**NETWORK["programs"][0], "rota": fixed}
    assert client.put("/v1/programs/main", pinned).status_code == 200
    used = client.delete("/v1/forums/lab")
    assert (used.status_code, "program 'main'" in str(used.get_json()["errors"])) == (409, True)
    many = client.post("/v1/forums/bulk", [lab, {**lab, "id": "talk", "title": "Talk"}]).get_json()
    assert (many["created"], many["unchanged"]) == (1, 1)


def test_two_rotas_are_compared_turn_by_turn(client, plan, make):
    one, two = plan, make(seed=7, policy={"id": "default", "version": 1})
    answer = client.get(f"/v1/plans/{one}/compare?with={two}").get_json()
    turns = [
        {(t["member"], t["id"]) for t in items(client, f"/v1/plans/{plan}/turns")} for plan in (one, two)
    ]
    assert (answer["same_people"], answer["same_points"]) == (True, True)
    assert answer["kept"] == len(turns[0] & turns[1])
    assert answer["kept"] + answer["added"] == answer["kept"] + answer["dropped"] == 6
