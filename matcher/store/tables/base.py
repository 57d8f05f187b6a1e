"""What all tables share: one collection, names of constraints, ids, states, the network they belong to."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    MetaData,
    String,
)
from sqlalchemy.types import TypeEngine

from matcher.domain.family import Family

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_type(length: int = 120) -> TypeEngine[str]:
    """An id: compared and sorted by code point on every database, so that pages come in one order."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def state_check(name: str, known: Iterable[str]) -> CheckConstraint:
    """A column that holds one of the known states only."""
    listed = ", ".join(f"'{one}'" for one in known)
    return CheckConstraint(f"{name} IN ({listed})", name=name)


def of_network() -> ForeignKeyConstraint:
    """A row goes with its network."""
    return ForeignKeyConstraint(["network_id"], ["networks.id"], ondelete="CASCADE")


def family_column() -> Column[str]:
    """What a plan holds, and what a session is a meeting of."""
    return Column("family", String(10), nullable=False, server_default=Family.PAIRS.value)
