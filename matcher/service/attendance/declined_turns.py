"""The turn of a rota that somebody declined, by which stand-ins are found."""

from __future__ import annotations

from matcher.domain.family import Family
from matcher.service.turns import turns_of
from matcher.store.database import Connection
from matcher.store.errors import Conflict
from matcher.store.plans import published_plan
from matcher.store.repairs import Repair
from matcher.store.sessions import find_session


def turn_of(connection: Connection, repair: Repair) -> tuple[str, str]:
    """The published rota and the id of the turn that an open repair is about. Raises `Conflict`."""
    if repair.kind != "turn" or repair.state != "open":
        raise Conflict(f"The repair {repair.id!r} is about no turn that is open: nobody has to stand in.")
    session = find_session(connection, repair.network, repair.session)
    plan = published_plan(connection, repair.network, session.program, session.cycle, Family.ROTA, "")
    for turn in turns_of(connection, plan) if plan is not None else ():
        if turn.id.rsplit("-", 2)[0] == repair.session and turn.member == repair.member:
            assert plan is not None
            return plan.id, turn.id
    raise Conflict("The rota that this turn was of is not published any more.")
