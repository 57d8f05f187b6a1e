"""Taking a publication back: what it replaced holds again, under the same UIDs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from matcher.domain.family import Family
from matcher.domain.session import Session, State
from matcher.planning.sessions.clashes import clashes
from matcher.planning.sessions.writer import succeeding
from matcher.service.families import ends_of
from matcher.service.notices import announce
from matcher.service.publication import Replaced, scope_of
from matcher.service.turn_news import tell_turns
from matcher.service.webhooks.events import Event, tell_plan
from matcher.store.errors import Conflict, Stale
from matcher.store.networks import lock_network
from matcher.store.plans import PlanRow, change_plan, find_plan
from matcher.store.publications import find_publication
from matcher.store.sessions import commitments, put_sessions, sessions_in

if TYPE_CHECKING:
    from matcher.store.database import Connection


def retract(
    connection: Connection, network: str, identifier: str, now: datetime, version: int | None = None
) -> dict[str, Any]:
    """Take a published plan back. Returns counts.

    Its sessions are cancelled; where it had superseded a plan, that one is published again, and its sessions
    take place as before, each change under the same UID with SEQUENCE one higher. Sessions that have begun
    stay. One of the plan before whose time is past, or taken by another plan now, stays cancelled.
    Of sessions that another plan changed since (a rota gives times and facilitators, a plan of pairs or pods
    who is in a group), only what this plan is about is taken back.
    What runs and what ended is as before the publication. Mails that are held are taken back.

    Raises `NotFound`, `Stale`, `Conflict` for a plan that is not published.
    """
    whole = lock_network(connection, network)
    plan = find_plan(connection, network, identifier)
    if version is not None and plan.version != version:
        raise Stale("plan", identifier, plan.version)
    if plan.state != "published":
        raise Conflict(f"The plan {identifier!r} is {plan.state}: only a published plan can be taken back.")
    replaced = Replaced.model_validate_json(find_publication(connection, network, identifier))
    scope = scope_of(connection, plan)
    present = {one.uid: one for one in sessions_in(connection, network, scope)}
    coming = [one for one in replaced.sessions if one.state is State.SCHEDULED and one.start > now]
    taken = commitments(connection, network, scope, now)
    clashing = {one.uid for one, _ in clashes(coming, taken)}
    restored = {one.uid: one for one in coming if one.uid not in clashing}
    moment = now.replace(microsecond=0)
    concerned = (*(one.uid for one in replaced.sessions), *replaced.made)
    changed = list(
        _undone(
            (present[uid] for uid in concerned if uid in present),
            restored,
            moment,
            plan,
        )
    )
    tell_plan(
        connection, change_plan(connection, plan, {"state": "retracted"}, now), Event.PLAN_RETRACTED, now
    )
    if replaced.superseded is not None:
        former = find_plan(connection, network, replaced.superseded)
        again = change_plan(connection, former, {"state": "published"}, now)
        tell_plan(connection, again, Event.PLAN_PUBLISHED, now)
    put_sessions(connection, network, changed, now)
    ends_of(plan).undo(connection, plan, replaced.opened, now)
    told = announce(connection, whole, changed, identifier, now)
    news = tell_turns(connection, whole, present, changed, identifier, now)
    return {
        "plan": identifier,
        "published_again": replaced.superseded,
        "cancelled": sum(one.state is State.CANCELLED for one in changed),
        "restored": sum(one.state is State.SCHEDULED for one in changed),
        "without_time": len(clashing),
        "feeds": told.feeds,
        "mails": told.mails + news,
    }


def _undone(
    sessions: Iterable[Session], restored: dict[str, Session], now: datetime, plan: PlanRow
) -> Iterable[Session]:
    for session in sessions:
        if session.plan != plan.id and session.state is State.CANCELLED:
            continue  # another plan took it away since
        if session.start <= now and session.state is State.SCHEDULED:
            continue  # it has begun: nobody can take that back
        before = restored.get(session.uid)
        if before is None:
            if session.state is State.CANCELLED:
                continue
            yield succeeding(
                session, session.model_copy(update={"state": State.CANCELLED, "changed_at": now})
            )
        elif session.plan != plan.id:
            mixed = _mixed(session, before, plan)
            yield succeeding(session, mixed.model_copy(update={"changed_at": now}))
        else:
            kept = {"changed_at": now, "conference": session.conference}
            yield succeeding(session, before.model_copy(update=kept))


def _mixed(session: Session, before: Session, plan: PlanRow) -> Session:
    """A session that a rota and a plan of its group changed, with what `plan` changed as it was before."""
    rota = plan.family == Family.ROTA
    timed, peopled = (before, session) if rota else (session, before)
    guests = () if rota else session.guests
    here = [one for one in peopled.attendees if one not in peopled.guests]
    people = tuple(dict.fromkeys((*here, *guests)))
    roles = {} if rota else {one: role for one, role in session.roles.items() if one in people}
    when = {name: getattr(timed, name) for name in ("start", "end", "time_zone", "description", "text")}
    return session.model_copy(
        update={
            **when,
            "attendees": people,
            "roles": roles,
            "guests": tuple(g for g in guests if g in people),
        }
    )
