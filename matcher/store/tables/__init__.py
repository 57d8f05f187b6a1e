"""The tables. Every row belongs to a network, and no row can point into another one.

References carry the network's id: (network_id, id) is the key everywhere, so a foreign key that crosses
networks cannot be written. Documents are kept as the JSON that the domain's models write; columns beside them
are what queries, orders and constraints need.
"""

from __future__ import annotations

from matcher.store.tables.access import api_keys, idempotency
from matcher.store.tables.answers import (
    MESSAGE_KINDS,
    attendance,
    inbox,
    proposals,
    repairs,
    soft_bounces,
)
from matcher.store.tables.audit_log import audit_log
from matcher.store.tables.base import metadata
from matcher.store.tables.calendar import (
    MAIL_STATES,
    busy_sources,
    feed_contents,
    feeds,
    outbox,
    session_people,
    sessions,
    suppressions,
    unscheduled,
)
from matcher.store.tables.nights import NIGHT_STATES, nights
from matcher.store.tables.people import (
    circles,
    ended_pairs,
    ended_pods,
    ended_rounds,
    forums,
    members,
    networks,
    organizations,
    policies,
    problems,
    programs,
    running_pairs,
    running_pods,
    running_rounds,
    skills,
)
from matcher.store.tables.plans import (
    JOB_STATES,
    PLAN_PARTS,
    PLAN_STATES,
    acceptances,
    closed_cycles,
    jobs,
    plan_documents,
    plan_edits,
    plan_rows,
    plan_seats,
    plan_series,
    plans,
    publications,
    snapshots,
    turn_offers,
)
from matcher.store.tables.webhooks import DELIVERY_STATES, webhook_deliveries, webhooks

__all__ = [
    "DELIVERY_STATES",
    "JOB_STATES",
    "MAIL_STATES",
    "MESSAGE_KINDS",
    "NIGHT_STATES",
    "PLAN_PARTS",
    "PLAN_STATES",
    "acceptances",
    "api_keys",
    "attendance",
    "audit_log",
    "busy_sources",
    "circles",
    "closed_cycles",
    "ended_pairs",
    "ended_pods",
    "ended_rounds",
    "feed_contents",
    "feeds",
    "forums",
    "idempotency",
    "inbox",
    "jobs",
    "members",
    "metadata",
    "networks",
    "nights",
    "organizations",
    "outbox",
    "plan_documents",
    "plan_edits",
    "plan_rows",
    "plan_seats",
    "plan_series",
    "plans",
    "policies",
    "problems",
    "programs",
    "proposals",
    "publications",
    "repairs",
    "running_pairs",
    "running_pods",
    "running_rounds",
    "session_people",
    "sessions",
    "skills",
    "snapshots",
    "soft_bounces",
    "suppressions",
    "turn_offers",
    "unscheduled",
    "webhook_deliveries",
    "webhooks",
]
