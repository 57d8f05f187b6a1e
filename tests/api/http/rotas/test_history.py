"""What became of a rota: its revisions, and what changed between two of them or two rotas."""

from __future__ import annotations

from tests.api.http.rotas.conftest import items, person, turn_of


def stand_in(client, plan, turn):
    """Who takes a turn best, and the swap that gives it to them."""
    found = client.get(f"/v1/plans/{plan}/turns/{turn['id']}/stand-ins").get_json()["stand_ins"]
    other = next(one["member"] for one in found if one["gives"] is None)
    return other, {"turn": turn["id"], "member": other}


def test_what_changed_between_revisions_is_told_turn_by_turn(client, published, solve):
    path = f"/v1/plans/{published}"
    alone = client.get(f"{path}/turn-changes")
    assert (alone.status_code, "nothing to compare" in alone.get_json()["detail"]) == (409, True)
    first, second = turn_of(client, published, "water", 0), turn_of(client, published, "food", 2)
    takers = []
    for turn in (first, second):
        other, swap = stand_in(client, published, turn)
        takers.append(other)
        assert solve(client.post(f"{path}/swaps", swap).headers["Location"])["state"] == "done"
    last = client.get(f"{path}/turn-changes").get_json()
    assert (last["before"], last["after"]) == (
        {"plan": published, "revision": 2},
        {"plan": published, "revision": 3},
    )
    (one,) = last["items"]
    assert (one["change"], one["title"], one["role"], one["start"]) == (
        "taken_over", "Food left over", "lead", second["start"],
    )  # fmt: skip
    assert (one["before"], one["after"], one["reason"]) == (second["member"], takers[1], "handed")
    assert f"{takers[1]} takes over from {second['member']}, since it changed hands" in one["sentence"]
    both = items(client, f"{path}/turn-changes?from=1")
    assert [(row["key"], row["after"]) for row in both] == [(["water"], takers[0]), (["food"], takers[1])]
    mine = items(client, f"{path}/turn-changes?from=1&to=2&member={first['member']}")
    assert [(row["before"], row["after"]) for row in mine] == [(first["member"], takers[0])]
    page = client.get(f"{path}/turn-changes?from=1&limit=1").get_json()
    rest = client.get(f"{path}/turn-changes?from=1&limit=1&after={page['next']}").get_json()
    assert (page["items"] + rest["items"], rest["next"]) == (both, None)
    assert items(client, f"{path}/turn-changes?from=3") == []
    assert client.get(f"{path}/turn-changes?from=3&to=2").status_code == 409
    assert client.get(f"{path}/turn-changes?from=9").status_code == 409
    assert client.get(f"{path}/turn-changes?to=9").status_code == 404
    told = items(client, f"{path}/revisions")
    assert [(row["number"], row["made_by"]) for row in told] == [
        (1, None), (2, "exchange"), (3, "exchange"),
    ]  # fmt: skip
    assert client.get(f"/v1/jobs/{told[1]['job']}").get_json()["kind"] == "exchange"


def test_what_a_rota_would_change_is_told_before_it_is_published(client, published, make, publish):
    turn = turn_of(client, published, "water", 0)
    away = person(turn["member"], training="none")
    assert client.put(f"/v1/members/{turn['member']}", away).status_code == 200
    later = make()
    (made,) = items(client, f"/v1/plans/{later}/revisions")
    assert (made["number"], made["made_by"], made["offer"]) == (1, "solve", None)
    told = client.get(f"/v1/plans/{later}/turn-changes").get_json()
    assert (told["before"]["plan"], told["after"]["plan"]) == (published, later)
    gone = [one for one in told["items"] if one["before"] == turn["member"]]
    assert [(one["key"], one["index"], one["reason"]) for one in gone] == [(["water"], 0, "training")]
    assert (
        told["items"] == client.get(f"/v1/plans/{later}/turn-changes?against={published}").get_json()["items"]
    )
    publish(later)
    assert client.get(f"/v1/plans/{later}/turn-changes").get_json() == told
    back = client.get(f"/v1/plans/{published}/turn-changes?against={later}").get_json()["items"]
    assert {(one["before"], one["after"], one["reason"]) for one in back} == {
        (one["after"], one["before"], "replanned") for one in told["items"]
    }
