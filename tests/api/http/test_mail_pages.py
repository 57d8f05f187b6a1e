"""The page on which a member chooses their mails, and one click that stops them."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

import pytest
from sqlalchemy import update

from api.http.logs import without_secrets
from matcher.domain.settings import NetworkSettings
from matcher.mail.senders import FolderSender
from matcher.service.acceptance import Links
from matcher.service.mail_links import mail_address
from matcher.service.mailing import send_all
from matcher.store.networks import change_network
from matcher.store.outbox import suppress
from matcher.store.tables import members

LINKS = Links("https://peers.example.org", "secret " * 8)


@pytest.fixture
def link(app, services, people):
    """The path of ada's page; she has an address, and reads German."""
    signing = services.settings.model_copy(update={"base_url": LINKS.base_url, "secret": LINKS.secret})
    app.extensions["peerloom"] = replace(services, settings=signing)
    with services.database.write() as connection:
        for row in connection.execute(members.select().where(members.c.id == "ada")).all():
            more = '"email":"ada@mail.example","text_language":"de","id":'
            body = row.body.replace('"id":', more, 1)
            connection.execute(update(members).where(members.c.id == "ada").values(body=body))
    return mail_address(LINKS, "net", "ada").removeprefix(LINKS.base_url)


def form(stranger, link, **fields):
    return stranger("POST", link, data=fields)


def test_the_page_is_in_the_readers_language_and_changes_nothing(client, stranger, link):
    answer = stranger.get(link)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert '<html lang="de">' in text
    assert "Ihre Mails" in text
    assert 'value="turns" checked' in text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert client.get("/v1/suppressions").get_json()["items"] == []


def test_a_reader_chooses_digests(client, stranger, link):
    assert 'value="weekly" checked' in form(stranger, link, do="notices", notices="weekly").get_data(
        as_text=True
    )
    assert client.get("/v1/members/ada/channel").get_json()["notices"] == "weekly"


def test_one_click_stops_all_mails_and_a_second_does_nothing_more(client, stranger, link):
    for _ in range(2):
        answer = stranger("POST", link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    (row,) = client.get("/v1/suppressions").get_json()["items"]
    assert (row["address"], row["reason"]) == ("ada@mail.example", "The reader unsubscribed.")
    assert client.get("/v1/members/ada/channel").get_json()["mail_refused"] == "The reader unsubscribed."
    assert "Sie bekommen keine Mails mehr." in stranger.get(link).get_data(as_text=True)
    assert "Ihre Mails" in form(stranger, link, do="resume").get_data(as_text=True)
    assert client.get("/v1/suppressions").get_json()["items"] == []


def test_what_a_mail_server_refused_is_not_taken_back_by_the_reader(client, stranger, link, services):
    with services.database.write() as connection:
        suppress(connection, "net", "ada@mail.example", "550 no such user", services.now())
    assert "abgelehnt" in form(stranger, link, do="resume").get_data(as_text=True)
    assert len(client.get("/v1/suppressions").get_json()["items"]) == 1


@pytest.mark.parametrize("fields", [{}, {"do": "dance"}, {"do": "notices", "notices": "hourly"}])
def test_a_form_that_does_not_fit_is_refused(stranger, link, fields):
    assert form(stranger, link, **fields).status_code == 422


def test_wrong_addresses_open_nothing(stranger, link):
    for path in (
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        "/mail/x",
        "/mail/bmV0.x",
        link.split(".")[0],
    ):
        answer = stranger.get(path, headers={"Accept-Language": "fr"})
        assert answer.status_code == 404
        assert '<html lang="fr">' in answer.get_data(as_text=True)
        assert stranger("POST", path, data={"List-Unsubscribe": "One-Click"}).status_code == 404
    assert link.partition("/mail/")[2] not in without_secrets(f"GET {link} failed")


def test_every_mail_leads_there_and_can_be_stopped_by_one_click(
    client, services, people, publish, link, tmp_path, clock
):
    with services.database.write() as connection:
        chosen = NetworkSettings(channel="invites", hold_minutes=0, quiet_hours=None)
        change_network(connection, "net", "The network", chosen, services.now())
    publish(("ada", "gil"))
    send_all(
        services.database, FolderSender(tmp_path / "mail"), "robot@peers.example", "me", clock, links=LINKS
    )
    found = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (tmp_path / "mail").iterdir()
    ]
    assert len(found) == 6
    for mail in found:
        by_link, by_mail = mail["List-Unsubscribe"].split(",")
        assert by_link == f"<{LINKS.base_url}{link}>"
        assert by_mail.strip().startswith("<mailto:")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Content-Language"] == "de"
        assert mail["Subject"].startswith("Einladung: Mentoring: Ada und ")
        text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert text.rstrip().endswith(f"Welche Mails Sie bekommen:\n{LINKS.base_url}{link}")


def test_a_coordinator_sees_and_sets_the_choice(client, link, people):
    shown = client.get("/v1/members/ada/channel")
    assert shown.get_json()["choices"] == f"{LINKS.base_url}{link}"
    body = {"channel": "feed", "notices": "daily"}
    changed = client.put("/v1/members/ada/channel", body, headers={"If-Match": shown.headers["ETag"]})
    assert changed.get_json()["notices"] == "daily"
    assert client.put("/v1/members/ada/channel", {"channel": "feed", "notices": "never"}).status_code == 422
