"""Taking a publication back: what it replaced holds again, under the same UIDs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from matcher.domain.family import Family
from matcher.domain.policy import Kind
from matcher.domain.rota_plan import FAMILY_OF
from matcher.domain.session import Session, State
from matcher.planning.sessions.clashes import clashes
from matcher.planning.sessions.writer import succeeding
from matcher.service.families import ends_of
from matcher.service.family_rota import group_plans, series_in
from matcher.service.notices import announce
from matcher.service.publication import Replaced, scope_of
from matcher.service.turn_news import tell_turns
from matcher.service.webhooks.events import Event, tell_plan
from matcher.store.errors import Conflict, Stale
from matcher.store.networks import lock_network
from matcher.store.plans import PlanRow, change_plan, find_plan, series_of
from matcher.store.publications import replace_publication
from matcher.store.sessions import Named, commitments, put_sessions, sessions_in

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
    who is in a group), only what this plan is about is taken back; groups that a later plan formed beside a
    rota have the times that this plan gives them.
    What runs and what ended is as before the publication. Mails that are held are taken back.

    Raises `NotFound`, `Stale`, `Conflict` for a plan that is not published.
    """
    whole = lock_network(connection, network)
    plan = find_plan(connection, network, identifier)
    if version is not None and plan.version != version:
        raise Stale("plan", identifier, plan.version)
    if plan.state != "published":
        raise Conflict(f"The plan {identifier!r} is {plan.state}: only a published plan can be taken back.")
    replaced = Replaced.of(connection, plan)
    later = _formed_since(connection, plan, replaced)
    scope = scope_of(connection, plan)
    present = {one.uid: one for one in sessions_in(connection, network, scope)}
    before = {one.uid: one for one in replaced.sessions if _named(one) not in later.groups}
    before |= later.sessions
    coming = [one for one in before.values() if one.state is State.SCHEDULED and one.start > now]
    taken = commitments(connection, network, scope, now)
    clashing = {one.uid for one, _ in clashes(coming, taken)}
    restored = {one.uid: one for one in coming if one.uid not in clashing}
    moment = now.replace(microsecond=0)
    concerned = {*(one.uid for one in replaced.sessions), *replaced.made, *later.sessions} & present.keys()
    changed = list(_undone((present[uid] for uid in sorted(concerned)), restored, moment, plan, later))
    fresh = [one for uid, one in restored.items() if uid in later.sessions and uid not in present]
    changed += [one.model_copy(update={"changed_at": moment}) for one in fresh]
    gone = change_plan(connection, plan, {"state": "retracted"}, now)
    tell_plan(connection, gone, Event.PLAN_RETRACTED, now)
    if replaced.superseded is not None:
        former = find_plan(connection, network, replaced.superseded)
        again = change_plan(connection, former, {"state": "published"}, now)
        tell_plan(connection, again, Event.PLAN_PUBLISHED, now)
    put_sessions(connection, network, changed, now)
    later.forget(connection, replaced)
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


@dataclass(frozen=True)
class _Formed:
    """Plans of pairs and pods that were published after a rota, each with what it replaced.

    groups: those of theirs that lose the rota's times; sessions: what their plans give them instead, by UID.
    others: groups of theirs that had times of their own beside the rota.
    """

    plans: tuple[tuple[PlanRow, Replaced], ...] = ()
    groups: frozenset[Named] = frozenset()
    sessions: Mapping[str, Session] = field(default_factory=dict)
    others: frozenset[Named] = frozenset()

    def forget(self, connection: Connection, rota: Replaced) -> None:
        """Let what these plans replaced be as it were without the rota, which is taken back."""
        old = {one.uid: one for one in rota.sessions}
        for plan, own in self.plans:
            gone = [one.uid for one in own.sessions if one.uid in rota.made]
            kept = [old.get(one.uid, one) for one in own.sessions if one.uid not in rota.made]
            told = own.model_copy(update={"sessions": kept, "made": [*own.made, *gone]})
            replace_publication(connection, plan.network, plan.id, told.model_dump_json())


def _formed_since(connection: Connection, plan: PlanRow, replaced: Replaced) -> _Formed:
    """What was formed since a rota was published; nothing for plans of other families."""
    if plan.family != Family.ROTA or plan.published_at is None:
        return _Formed()
    since = [
        one
        for one in group_plans(connection, plan)
        if one.published_at is not None and one.published_at > plan.published_at
    ]
    found = tuple((one, Replaced.of(connection, one)) for one in since)
    again: set[Named] = set()
    if replaced.superseded is not None:
        former = find_plan(connection, plan.network, replaced.superseded)
        again = {(FAMILY_OF[one.kind], one.pairing, one.key) for one in series_in(connection, former)}
    held = {_named(one) for _, own in found for one in own.instead}
    formed = {
        (Family(one.family), Kind(one.kind) if one.kind else None, key)
        for one in since
        for key in series_of(connection, plan.network, one.id)
    }
    return _Formed(
        found,
        frozenset(held - again),
        {one.uid: one for _, own in found for one in own.instead if _named(one) not in again},
        frozenset(formed - held),
    )


def _named(session: Session) -> Named:
    return session.family, session.kind, session.key


def _undone(
    sessions: Iterable[Session], restored: dict[str, Session], now: datetime, plan: PlanRow, later: _Formed
) -> Iterable[Session]:
    for session in sessions:
        if session.start <= now and session.state is State.SCHEDULED:
            continue  # it has begun: nobody can take that back
        lost = _named(session) in later.groups
        if not lost and session.plan != plan.id and session.state is State.CANCELLED:
            continue  # another plan took it away since
        if _named(session) in later.others:
            continue  # another plan gave it a time of its own since
        before = restored.get(session.uid)
        if before is None:
            if session.state is State.CANCELLED:
                continue
            yield succeeding(
                session, session.model_copy(update={"state": State.CANCELLED, "changed_at": now})
            )
        elif session.plan != plan.id and not lost:
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
