"""What answers break: turns that are declined, quorums that are lost; and how it is mended."""

from __future__ import annotations

import pytest

from matcher.service.attendance.declined_turns import turn_of
from matcher.store.errors import Conflict
from tests.answer_mails import Invitation
from tests.matcher.service.conftest import series

WATER = ("ada", "ben", "cem", "dee")


def rota(here, *leads):
    days = ("2026-09-09", "2026-09-16", "2026-09-23")
    sessions = [(week, f"{days[week]} 12:00", {"lead": who}) for week, who in enumerate(leads)]
    return here.rota(series("pod", "water", WATER, sessions))


@pytest.fixture
def water(correspond):
    """A pod whose rota lets gus and ada lead; gives the correspondence and the invitations by reader."""

    def make(**settings):
        ours = correspond(("hal", "ivy"), coordinator_email="lead@mail.example", **settings)
        ours.here.publish(ours.here.pods(water=WATER))
        ours.here.later(minutes=1)
        ours.here.publish(rota(ours.here, "gus", "ada", "gus"))
        found = {
            who: [one] if isinstance(one, Invitation) else one for who, one in ours.invitations().items()
        }
        return ours, found

    return make


def shown(repairs):
    return [(one.kind, one.member, one.role, one.coming, one.needed, one.state) for one in repairs]


def test_a_declined_turn_opens_a_repair_that_names_the_turn(water):
    ours, mine = water()
    ours.reply(mine["gus"][0], "DECLINED")
    (one,) = ours.repairs()
    assert shown([one]) == [("turn", "gus", "lead", None, None, "open")]
    with ours.here.database.read() as connection:
        plan, turn = turn_of(connection, one)
    assert turn.startswith(one.session)
    assert ours.here.state(plan) == "published"


def test_the_coordinator_is_told_once(water):
    ours, mine = water()
    ours.reply(mine["gus"][0], "DECLINED")
    ours.here.later(minutes=1)
    ours.reply(mine["gus"][0], "DECLINED")
    sent = ours.send()
    assert list(sent) == ["lead"]
    (mail,) = sent["lead"]
    text = mail.data.decode().replace("=\r\n", "")
    assert "Gus, who leads it, has declined." in text
    assert f"GET /v1/repairs/{ours.repairs()[0].id}/stand-ins" in text
    assert ours.send() == {}


def test_without_an_address_nobody_is_told_and_the_repair_stands(correspond):
    ours = correspond()
    ours.reply(ours.invitations()["ada"][0], "DECLINED")
    assert shown(ours.repairs()) == [("quorum", "ada", None, 1, 2, "open")]
    assert ours.send() == {}


def test_who_comes_after_all_closes_the_repair(water):
    ours, mine = water()
    ours.reply(mine["gus"][0], "DECLINED")
    ours.here.later(minutes=1)
    ours.reply(mine["gus"][0], "ACCEPTED")
    (one,) = ours.repairs()
    assert (one.state, one.closed_because) == ("closed", "gus takes the turn after all.")
    assert ours.send() == {}  # nobody is told of what is mended already
    with ours.here.database.read() as connection, pytest.raises(Conflict):
        turn_of(connection, one)
    ours.here.later(minutes=1)
    ours.reply(mine["gus"][0], "DECLINED")
    assert [each.state for each in ours.repairs()] == ["closed", "open"]


def test_a_turn_that_goes_to_somebody_else_closes_the_repair(water):
    ours, mine = water()
    ours.reply(mine["gus"][0], "DECLINED")
    ours.here.later(minutes=1)
    ours.here.publish(rota(ours.here, "hal", "ada", "gus"))
    (one,) = ours.repairs()
    assert (one.state, one.closed_because) == ("closed", "Somebody else takes the turn.")


def test_a_group_that_fewer_than_its_quorum_come_to_needs_a_repair(water):
    ours, mine = water()
    first = next(one for one in mine["ben"] if one.uid == mine["gus"][0].uid)
    ours.reply(first, "DECLINED")
    assert ours.repairs() == []  # three of four come, and 60 percent must
    other = next(one for one in mine["cem"] if one.uid == first.uid)
    ours.here.later(minutes=1)
    ours.reply(other, "DECLINED")
    assert shown(ours.repairs()) == [("quorum", "cem", None, 2, 3, "open")]
    third = next(one for one in mine["dee"] if one.uid == first.uid)
    ours.here.later(minutes=1)
    ours.reply(third, "DECLINED")
    assert shown(ours.repairs()) == [("quorum", "dee", None, 1, 3, "open")]
    for one in (third, other):
        ours.here.later(minutes=1)
        ours.reply(one, "TENTATIVE")
    (closed,) = ours.repairs()
    assert (closed.state, closed.closed_because) == ("closed", "Enough people come again.")


def test_guests_do_not_count_for_the_quorum(water):
    ours, mine = water()
    ours.reply(mine["gus"][0], "DECLINED")
    assert {one.kind for one in ours.repairs()} == {"turn"}


def test_a_session_that_is_cancelled_or_moves_needs_no_repair(correspond):
    ours = correspond()
    first, second = ours.invitations()["ada"]
    ours.reply(first, "DECLINED")
    ours.reply(second, "DECLINED")
    ours.here.later(minutes=1)
    ours.here.publish(ours.here.plan(("ada", "gus")), narrow=True)
    assert {one.closed_because for one in ours.repairs()} == {"The session has another time."}
    moved = ours.invitations()["ada"][0]
    ours.reply(moved, "DECLINED")
    ours.here.later(minutes=1)
    ours.here.publish(ours.here.plan())
    assert ours.repairs()[-1].closed_because == "The session does not take place."
