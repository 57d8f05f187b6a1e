"""Cycles of rotas are closed, once."""

from __future__ import annotations

from tests.api.http.rotas.conftest import items


def test_a_closed_cycle_stands_in_the_ledgers_once(client, published, clock):
    path = "/v1/programs/main/cycles/2026-4"
    assert client.get(f"{path}/ledger").status_code == 404
    early = client.post(f"{path}/close", {})
    assert (early.status_code, "lasts until 2026-10-25" in early.get_json()["detail"]) == (409, True)
    turns = items(client, f"/v1/plans/{published}/turns")
    clock.forward(days=60)
    done = client.post(f"{path}/close", {}).get_json()
    assert sum(one.get("lead", 0) for one in done["added"].values()) == len(turns)
    for member in {one["member"] for one in turns}:
        ledger = client.get(f"/v1/members/{member}").get_json()["ledger"]
        assert ledger["lead"] == sum(one["member"] == member for one in turns)
        assert ledger["cycles"] == 1
    assert client.post(f"{path}/close", {}).get_json() == done
    assert client.get(f"{path}/ledger").get_json() == done
    assert client.get(f"/v1/members/{turns[0]['member']}").get_json()["ledger"]["cycles"] == 1
    refused = client.post(f"/v1/plans/{published}/retract", {})
    assert (refused.status_code, "ledgers" in refused.get_json()["detail"]) == (409, True)
    assert client.post("/v1/programs/main/cycles/other/close", {}).status_code == 404
