"""What the nightly run may do by itself with the plans of a program."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from matcher.domain.base import Model
from matcher.domain.family import Family


class NightMode(StrEnum):
    """What becomes of a night's new plans: nothing is solved, they wait for a coordinator, or they are
    published where every guard allows it."""

    OFF = "off"
    PROPOSE = "propose"
    PUBLISH = "publish"


class NightlyPolicy(Model):
    """What a night does with a program, and the guards that stop it.

    `families`: what is rematched, in the order pairs, pods, rounds, rota; None: what is published in this
    cycle. `seconds`: time for all runs of one program together. Percentages are whole.

    Guards, of each new plan: `least_coverage_percent` of the places wanted are filled;
    `least_points_percent` of the mean points a place has in the published plan are reached;
    `most_changes_percent` of what could go on is changed at most; with `allow_fewer` False no fewer places
    are filled than what could go on fills. Of the whole night: at most `most_left_percent` of those who take
    part in published plans, or of the members that were active the night before, are gone since.
    """

    mode: NightMode = NightMode.PROPOSE
    families: tuple[Family, ...] | None = None
    seconds: int = Field(default=900, ge=10, le=86_400)
    least_coverage_percent: int = Field(default=0, ge=0, le=100)
    least_points_percent: int = Field(default=80, ge=0, le=100)
    most_changes_percent: int = Field(default=20, ge=0, le=100)
    allow_fewer: bool = False
    most_left_percent: int = Field(default=10, ge=0, le=100)
