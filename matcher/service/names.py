"""By which name one member may know another."""

from __future__ import annotations

from matcher.domain.member import Member
from matcher.texts.words import Words


def name_for(reader: Member, other: Member, words: Words) -> str:
    """The other's name, or what stands for it: colleagues may read it, unless it is for coordinators."""
    colleagues = reader.organization == other.organization
    if other.shows("name") or (colleagues and other.visibility.get("name") != "coordinators"):
        return other.name
    return words("member_of", organization=other.organization)
