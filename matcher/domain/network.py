"""The network document: everything one matching run may know."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from matcher.domain.base import Identifier, Model, Name
from matcher.domain.forum import Forum
from matcher.domain.history import EndedPair, EndedPod, EndedRound, RunningPair, RunningPod, RunningRound
from matcher.domain.member import Member
from matcher.domain.organization import Organization
from matcher.domain.policy import Policy
from matcher.domain.problem import Circle, Problem
from matcher.domain.program import Program
from matcher.domain.skill import Skill

FORMAT: Literal["peerloom-network/1"] = "peerloom-network/1"


class NetworkHeader(Model):
    """All of a network but its people: small, read first, kept whole in memory.

    Pods and rounds that run or ended stand here, since they are few beside the people in them.
    """

    format: Literal["peerloom-network/1"] = FORMAT
    id: Identifier
    name: Name
    skills: tuple[Skill, ...] = ()
    organizations: tuple[Organization, ...] = ()
    policies: tuple[Policy, ...] = Field(default=(Policy(id="default"),), min_length=1)
    programs: tuple[Program, ...] = ()
    problems: tuple[Problem, ...] = ()
    circles: tuple[Circle, ...] = ()
    forums: tuple[Forum, ...] = ()
    running_pods: tuple[RunningPod, ...] = ()
    ended_pods: tuple[EndedPod, ...] = ()
    running_rounds: tuple[RunningRound, ...] = ()
    ended_rounds: tuple[EndedRound, ...] = ()


class Network(NetworkHeader):
    """The whole document. References between its parts are checked by `matcher.documents`."""

    members: tuple[Member, ...] = ()
    ended: tuple[EndedPair, ...] = ()
    running: tuple[RunningPair, ...] = ()
