"""Invitations by mail, as calendar programs take them: a request, its update and its end are one event."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matcher.domain.settings import Channel
from tests.clients.programs import PROGRAMS, like
from tests.clients.story import Shown

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # Radicale signs for itself
SESSIONS = "second 0 12:00"
"""Six, at noon of the days when clocks change; Casablanca's is over, and nobody is invited to it."""

MOVED, LEFT, CANCELLED = (f"{city} {SESSIONS}" for city in ("Berlin", "New_York", "Kathmandu"))
IVY = "ivy@mail.example"


def expected(story) -> list[Shown]:
    """What ivy's calendar must hold."""
    return [one for one in story.seen_by("ivy") if "Casablanca" not in one.title]


def lasting(shown) -> list[Shown]:
    """Those that take place; programs keep cancelled ones, marked, or drop them."""
    return [one for one in shown if not one.cancelled and not one.title.startswith("Cancelled: ")]


@pytest.mark.parametrize("program", [one for one in PROGRAMS if one != "recurring"], indirect=True)
def test_a_program_takes_invitations_updates_and_cancellations_as_one_event(
    program, request, tell, post, libical
):
    name = request.node.callspec.params["program"].replace("_", "-")
    story = tell(f"{name}-mail", Channel.INVITES, SESSIONS)

    def deliver() -> list[tuple[str, str]]:
        letters = post.collect(story.database)
        for one in letters:
            assert libical(one.data) == []
            assert f"METHOD:{one.method}\r\n".encode() in one.data
            if one.to == IVY:
                program.take(one.method, one.data, IVY)
        return [(one.to.partition("@")[0], one.method) for one in letters]

    def agrees() -> None:
        found, wanted = program.held(), expected(story)
        assert lasting(found) == lasting(like(found, wanted))
        assert len(found) <= len(wanted)

    assert deliver() == [(one, "REQUEST") for one in ("ada", "gus", "ivy") for _ in range(5)]
    agrees()
    assert len(program.held()) == 5
    story.move(MOVED, timedelta(days=-2, hours=3))
    assert deliver() == [(one, "REQUEST") for one in ("ada", "gus", "ivy")]
    agrees()
    assert len(program.held()) == 5
    story.leave("ivy", LEFT)
    assert deliver() == [("ivy", "CANCEL")]
    agrees()
    story.cancel(CANCELLED)
    assert deliver() == [(one, "CANCEL") for one in ("ada", "gus", "ivy")]
    agrees()
    assert len(lasting(program.held())) == 3
