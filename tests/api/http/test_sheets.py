"""Spreadsheets over HTTP."""

from __future__ import annotations

import io
import json

import pytest

from tests.api.http.people import details, member, pointers, problem, settle

BULK = "/v1/members/bulk"
SHEET = """ID,Name,Organization,Time zone,Skills
ada,Ada Åström,North,UTC,k8s (4)
bob,Bob,South,Europe/Berlin,
"""


@pytest.fixture(autouse=True)
def settled(client):
    settle(client)


def send(client, text, query=""):
    return client.post(BULK + query, data=text.encode(), content_type="text/csv; charset=utf-8")


def test_rows_are_added_and_updated_and_empty_cells_change_nothing(client):
    done = send(client, SHEET).get_json()
    assert {key: done[key] for key in ("created", "updated", "unchanged", "left")} == {
        "created": 2, "updated": 0, "unchanged": 0, "left": 0,
    }  # fmt: skip
    assert done["sheet"]["columns"]["offers"] == "Skills"
    assert client.get("/v1/members/ada").get_json()["offers"] == [{"skill": "kubernetes", "level": 4}]
    again = send(client, SHEET).get_json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    changed = send(client, "id,seniority,skills\nada,7,\nbob,,Python\n").get_json()
    assert (changed["updated"], changed["unchanged"]) == (2, 0)
    found = client.get("/v1/members/ada").get_json()
    assert (found["seniority"], found["name"], len(found["offers"])) == (7, "Ada Åström", 1)


def test_every_bad_row_is_told_by_line_and_heading_and_nothing_is_stored(client):
    bad = SHEET + "cem,Cem,Nowhere,UTC,cooking\ndan,,North,Mars,\n"
    found = problem(send(client, bad), 422, "invalid-request")
    told = {(one["line"], one["pointer"]) for one in found["errors"]}
    assert {(4, "#/Organization"), (4, "#/Skills"), (5, "#/Name"), (5, "#/Time zone")} <= told
    assert "the sheet" in found["detail"]
    assert "/tmp" not in found["detail"]
    assert client.get("/v1/members").get_json()["items"] == []


def test_an_empty_network_takes_skills_and_organizations_from_the_sheet(root, as_key):
    root.post("/v1/networks", {"id": "fresh", "name": "Fresh"})
    fresh = as_key("fresh")
    done = send(fresh, SHEET).get_json()
    assert done["sheet"]["skills_added"] == ["k8s"]
    assert [one["id"] for one in fresh.get("/v1/organizations").get_json()["items"]] == ["north", "south"]
    assert send(fresh, SHEET).get_json()["unchanged"] == 2


def test_a_mapping_says_which_column_holds_what(client):
    mapping = {"columns": {"id": "Nr", "name": "Wer", "organization": "Wo"}, "defaults": {"time_zone": "UTC"}}
    text = "Nr;Wer;Wo\n1;Ada;north\n"
    parts = {"file": (io.BytesIO(text.encode()), "people.csv"), "mapping": json.dumps(mapping)}
    done = client.post(f"{BULK}?dry_run=true", data=parts, content_type="multipart/form-data")
    assert (done.get_json()["created"], done.get_json()["sheet"]["guessed"]) == (1, False)
    assert client.get("/v1/members").get_json()["items"] == []
    from urllib.parse import quote

    done = send(client, text, f"?mapping={quote(json.dumps(mapping))}")
    assert done.get_json()["created"] == 1
    found = problem(send(client, text, "?mapping={}x"), 422, "invalid-request")
    assert pointers(found) == {"#"}
    wrong = quote('{"columns": {"nam": "Wer"}}')
    assert pointers(problem(send(client, text, f"?mapping={wrong}"), 422, "invalid-request")) == {
        "#/columns/nam"
    }


def test_a_form_has_known_parts_and_a_sheet_of_organizations(client):
    def post(**parts):
        files = {name: (io.BytesIO(text.encode()), f"{name}.csv") for name, text in parts.items()}
        return client.post(BULK, data=files, content_type="multipart/form-data")

    organizations = "id,name,group\nwest,West,compass\n"
    sheet = "id,name,organization,time zone\nada,Ada,west,UTC\n"
    assert post(file=sheet, organizations=organizations).get_json()["created"] == 1
    assert client.get("/v1/organizations/west").get_json()["group"] == "compass"
    assert pointers(problem(post(sheet=sheet), 422, "invalid-request")) == {"#/sheet", "#/file"}


def test_sync_counts_rows_of_a_sheet_too(client):
    client.post(BULK, [member(f"m{number:02}") for number in range(40)])
    rows = "".join(f"m{number:02}\n" for number in range(2, 40))
    assert send(client, "id\n" + rows, "?sync=true").get_json()["left"] == 2
    found = problem(send(client, "id\nm05\n", "?sync=true"), 409, "conflict")
    assert len(details(found)) == 37


@pytest.mark.parametrize("data", [b"", b"\n\n", b"id,name\n", b"PK\x03\x04", b"a,b\n1,2\n", b"\0\0\0"])
def test_what_is_no_sheet_is_refused(client, data):
    answer = client.post(BULK, data=data, content_type="text/csv")
    assert problem(answer, 422, "invalid-request")["detail"].startswith("The sheet")


def test_a_mapping_does_not_go_with_json(client):
    assert pointers(problem(client.post(f"{BULK}?mapping=%7B%7D", []), 422, "invalid-request")) == {
        "#/mapping"
    }
