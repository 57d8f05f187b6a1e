"""Signed plus-addresses: made, known again, and not to be forged."""

from __future__ import annotations

import pytest

from matcher.mail.tags import AddressTags, tag_of, untagged
from matcher.store.ids import new_id

TAGS = AddressTags("a long random text")
BASE = "Peers.Program@north.example"


def test_an_address_is_known_for_its_person_and_session_only():
    address = TAGS.answer_address(BASE, "net", "uid@peerloom", "ada")
    assert untagged(address) == BASE.lower()
    assert address == TAGS.answer_address(BASE, "net", "uid@peerloom", "ada")
    for spelled in (address, address.upper(), address.lower()):
        assert TAGS.answers(["x@y.example", spelled], "net", "uid@peerloom", "ada")
    for other in (
        ("net", "uid@peerloom", "ben"),
        ("net", "other@peerloom", "ada"),
        ("two", "uid@peerloom", "ada"),
    ):
        assert not TAGS.answers([address], *other)
    assert not AddressTags("another text").answers([address], "net", "uid@peerloom", "ada")
    assert not TAGS.answers([BASE, "", "+@", "peers+@north.example"], "net", "uid@peerloom", "ada")


def test_a_bounce_names_its_mail():
    mail = new_id("mail")
    address = TAGS.bounce_address("robot@north.example", mail)
    assert TAGS.bounced_mail(["x@y.example", address.upper()]) == mail
    tag = tag_of(address)
    for forged in (tag[:-1], "a" + tag[1:], tag[:-1] + ("a" if tag[-1] != "a" else "b"), ""):
        assert TAGS.bounced_mail([address.replace(tag, forged)]) is None
    assert AddressTags("another text").bounced_mail([address]) is None


@pytest.mark.parametrize("length", [1, 37, 38, 64])
def test_addresses_never_grow_beyond_what_mail_allows(length):
    base = f"{'p' * length}@north.example"
    address = TAGS.answer_address(base, "net", "uid@peerloom", "ada")
    assert len(address.partition("@")[0]) <= 64
    assert (address == base) is (length > 37)


def test_a_tag_that_stood_in_the_address_already_is_kept_before_ours():
    address = TAGS.answer_address("peers+north@one.example", "net", "uid@peerloom", "ada")
    assert TAGS.answers([address], "net", "uid@peerloom", "ada")
