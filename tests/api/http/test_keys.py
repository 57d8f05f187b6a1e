"""Keys that only read, on every route; and keys that take over from others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matcher.store.errors import NotFound
from matcher.store.keys import add_key, key_of, list_keys, revoke_key, rotate_key


def test_a_key_that_reads_is_refused_every_change(app, as_key, people, network):
    reader = as_key(network, access="read")
    assert reader.get("/v1/members").status_code == 200
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/v1"):
            continue
        path = rule.rule
        for name in rule.arguments:
            for form in (f"<{name}>", f"<path:{name}>", f"<string:{name}>"):
                path = path.replace(form, "x")
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            answer = reader(method, path, {})
            assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/forbidden"), path
            tried += 1
    assert tried > 40


@pytest.fixture
def connection(services, network):
    with services.database.write() as connection:
        yield connection


def test_a_rotated_key_opens_the_same_and_the_old_one_ends(connection, network, clock):
    old, secret = add_key(connection, network, "sync", clock(), clock() + timedelta(days=90), "read")
    clock.forward(days=80)
    new, fresh = rotate_key(connection, old.id, clock(), clock() + timedelta(days=7))
    assert (new.network, new.name, new.access) == (network, "sync", "read")
    assert new.expires_at == clock() + timedelta(days=90)
    assert key_of(connection, secret, clock()).id == old.id
    clock.forward(days=7)
    assert key_of(connection, secret, clock()) is None
    assert key_of(connection, fresh, clock()).id == new.id


def test_a_rotation_never_lets_a_key_live_longer(connection, network, clock):
    old, _ = add_key(connection, network, "", clock(), clock() + timedelta(days=2))
    rotate_key(connection, old.id, clock(), clock() + timedelta(days=30))
    assert list_keys(connection)[0].expires_at == clock() + timedelta(days=2)


def test_keys_that_open_nothing_are_not_rotated(connection, network, clock):
    gone, _ = add_key(connection, network, "", clock())
    over, _ = add_key(connection, network, "", clock(), clock() + timedelta(days=1))
    revoke_key(connection, gone.id, clock())
    clock.forward(days=1)
    for identifier in (gone.id, over.id, "nothing"):
        with pytest.raises(NotFound):
            rotate_key(connection, identifier, clock(), clock())
