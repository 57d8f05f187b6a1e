"""The revisions of a plan: when each was made, and by which job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from matcher.store.tables import jobs, plan_documents, turn_offers


@dataclass(frozen=True)
class Revision:
    """One revision. `job` made it, which was of the kind `made_by`: a run ("solve", "compare"), a run around
    edits or what was declined ("resolve"), turns that changed hands ("exchange"). `offer`: the one of turns
    that two people agreed on between themselves."""

    number: int
    created_at: datetime
    job: str | None
    made_by: str | None
    offer: str | None


def revisions_of(connection: Connection, network: str, plan: str) -> list[Revision]:
    """The revisions of a plan, the first one first."""
    columns = plan_documents.c
    own_job = and_(jobs.c.network_id == network, jobs.c.id == columns.job)
    own_offer = and_(turn_offers.c.network_id == network, turn_offers.c.job == columns.job)
    query = (
        select(columns.revision, columns.created_at, columns.job, jobs.c.kind, turn_offers.c.id)
        .select_from(plan_documents.outerjoin(jobs, own_job).outerjoin(turn_offers, own_offer))
        .where(columns.network_id == network, columns.plan == plan)
        .order_by(columns.revision)
    )
    return [Revision(*row) for row in connection.execute(query)]
