"""Every seat of a run at once: who may sit where by which rule, and what it is worth, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.points import satisfaction
from matcher.candidates.pods.rules import BIT, RULE, member_reasons
from matcher.candidates.pods.targets import Target, TargetNeed
from matcher.candidates.pods.weeks import Beat
from matcher.candidates.points import LEVEL_CREDIT, wish_points
from matcher.domain.member import Member
from matcher.domain.skill import skill_key
from solvers.pods.instance import Flags, Index, Rhythm

Numbers = NDArray[np.int64]
Masks = NDArray[np.uint16]

_BLOCK = 512
"""Members whose half hours are laid out at once."""


@dataclass(frozen=True)
class SeatTable:
    """Members who may be in a pod (n), the pods that may run (P), and every seat between them.

    failed (n, P): masks of `rules.BIT`, 0 where a seat is eligible. points, satisfaction (n, P). Listed are
    members whom no rule on members stands against, and those named by a pin or in a running seat that only
    spared rules stand against. left_out: (member id, code of the first rule) for all others.
    abilities: needs that somebody can count towards; able (n, abilities); abilities_of: per pod, the ability
    of each of its needs. rhythms: those of the context, with the slots that somebody could use.
    """

    context: PodContext
    members: list[Member]
    failed: Masks
    points: Index
    satisfaction: NDArray[np.int16]
    able: Flags
    abilities_of: list[list[int]]
    rhythms: tuple[Rhythm, ...]
    left_out: list[tuple[str, str]]

    @property
    def targets(self) -> tuple[Target, ...]:
        """The pods that may run."""
        return self.context.targets

    @cached_property
    def eligible(self) -> Flags:
        """Who may sit where, shape (n, P)."""
        return np.asarray(self.failed == 0, np.bool_)

    @cached_property
    def member_number(self) -> dict[str, int]:
        """The number of each listed member."""
        return {member.id: i for i, member in enumerate(self.members)}

    @cached_property
    def pod_number(self) -> dict[str, int]:
        """The number of each pod."""
        return {target.id: p for p, target in enumerate(self.targets)}

    @cached_property
    def rhythm_number(self) -> dict[Beat, int]:
        """The number of each rhythm."""
        return {rhythm: k for k, rhythm in enumerate(self.context.rhythms)}


def build_table(context: PodContext) -> SeatTable:
    """Every seat of a run."""
    members, masks, left_out = _listed(context)
    targets = context.targets
    failed = np.repeat(masks[:, None], len(targets), axis=1)
    rhythms = tuple(_rhythm(context, members, rhythm) for rhythm in context.rhythms)
    needs: dict[TargetNeed, int] = {}
    abilities_of = [
        [needs.setdefault(TargetNeed(n.skill, n.level, 0, 0, n.seeks), len(needs)) for n in target.needs]
        for target in targets
    ]
    table = SeatTable(
        context=context,
        members=members,
        failed=failed,
        points=np.zeros(failed.shape, np.int32),
        satisfaction=np.full(failed.shape, 1000, np.int16),
        able=np.zeros((len(members), len(needs)), np.bool_),
        abilities_of=abilities_of,
        rhythms=rhythms,
        left_out=left_out,
    )
    if members and targets:
        _add_wishes(table)
        _add_skills(table, list(needs))
        _add_growth(table)
        _add_goals(table)
        _add_rules(table)
    return table


def _listed(context: PodContext) -> tuple[list[Member], Masks, list[tuple[str, str]]]:
    """Who is listed, the mask of the rules on each, and who is not."""
    named = {member for member, _ in context.forced}
    runs = {member for member, _ in context.running}
    members: list[Member] = []
    masks: list[int] = []
    left_out: list[tuple[str, str]] = []
    for member in context.members.values():
        codes = [reason.code for reason in member_reasons(context, member)]
        if codes:
            spared = member.id in runs and all(RULE[code].spares_running for code in codes)
            if not spared and (member.id not in named or codes[0] == "left"):
                left_out.append((member.id, codes[0]))
                continue
        members.append(member)
        masks.append(sum(1 << BIT[code] for code in codes))
    return members, np.array(masks, np.uint16), left_out


def _rhythm(context: PodContext, members: Sequence[Member], rhythm: Beat) -> Rhythm:
    """Who can come to which weekly slot; slots that nobody can use are left out."""
    week, worth = context.week(rhythm), context.policy.worth
    n, count = len(members), len(week.start)
    comes = np.zeros((n, count), np.int16)
    width = context.calendar.n_slots
    for first in range(0, n, _BLOCK):
        block = members[first : first + _BLOCK]
        data = b"".join(context.free(one).to_bytes(width // 8, "little") for one in block)
        bits = np.frombuffer(data, np.uint8).reshape(len(block), width // 8)
        comes[first : first + len(block)] = week.attended(
            np.unpackbits(bits, axis=1, bitorder="little").view(np.bool_)
        )
    half = 2 * comes >= week.sessions
    used = np.flatnonzero(half.any(axis=0)) if n else np.zeros(0, np.int64)
    comes, half, sessions = comes[:, used], half[:, used], week.sessions[used]
    zones = sorted({member.time_zone for member in members})
    number = {zone: k for k, zone in enumerate(zones)}
    comfort = np.array([week.comfortable(context.calendar, zone)[used] for zone in zones], np.bool_)
    ease = worth.attendance * comes.astype(np.int32) // np.maximum(sessions, 1)
    if zones:
        ease += worth.comfort * comfort[[number[member.time_zone] for member in members]]
    return Rhythm(
        always=np.asarray(comes == sessions, np.bool_),
        half=half,
        ease=ease.astype(np.int16),
        start=week.start[used].astype(np.int32),
        minutes=week.minutes,
    )


def _add_wishes(table: SeatTable) -> None:
    most = table.context.policy.maxima.wishes
    pods_of: dict[str, list[int]] = {}
    for p, target in enumerate(table.targets):
        pods_of.setdefault(target.source, []).append(p)
    for i, member in enumerate(table.members):
        if not member.wishes:
            continue
        table.satisfaction[i] = 0
        for position, wish in reversed(list(enumerate(member.wishes))):
            for p in pods_of.get(wish, ()):
                table.points[i, p] = wish_points(most, position)
                table.satisfaction[i, p] = satisfaction(member, table.targets[p])


def _ragged(lists: Iterable[Sequence[tuple[int, int]]]) -> tuple[Numbers, Numbers, Numbers]:
    """Owner, first and second number of all entries of the lists, end to end."""
    rows = [(i, a, b) for i, entries in enumerate(lists) for a, b in entries]
    table = np.array(rows, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _strengths(table: SeatTable) -> NDArray[np.int16]:
    """Percent that each skill counts for each other, shape (sought, offered)."""
    skills = table.context.skills
    strengths = np.zeros((len(skills.ids), len(skills.ids)), np.int16)
    np.fill_diagonal(strengths, 100)
    for k, related in enumerate(skills.related):
        for other, strength in related.items():
            strengths[k, other] = strength
    return strengths


def _credit() -> Numbers:
    """`level_credit` by offered minus needed level + 5 (needed levels may be 0)."""
    return np.array([LEVEL_CREDIT.get(min(gap, 1), 0) for gap in range(-5, 6)], np.int64)


def _add_skills(table: SeatTable, needs: list[TargetNeed]) -> None:
    """The part `skills`, and who counts towards which need."""
    context, skills = table.context, table.context.skills
    owner, offered, level = _ragged(
        [(skills.number(one.skill, member.id), one.level) for one in member.offers]
        for member in table.members
    )
    seeker, sought, _ = _ragged(
        [(skills.number(one.skill, member.id), 0) for one in member.seeks] for member in table.members
    )
    strengths, credit = _strengths(table), _credit()
    best = np.zeros((len(table.members), len(needs)), np.int16)
    for k, need in enumerate(needs):
        if need.seeks:
            table.able[seeker[sought == need.skill], k] = True
            continue
        strength = strengths[need.skill, offered]
        helps = np.flatnonzero(strength)
        gap = level[helps] - need.level
        worth = strength[helps] * credit[gap + 5] // 100
        np.maximum.at(best[:, k], owner[helps], worth.astype(np.int16))
        counts = (strength[helps] >= context.policy.related_percent) & (gap >= 0)
        table.able[owner[helps[counts]], k] = True
    most = context.policy.maxima.skills
    for p, (target, abilities) in enumerate(zip(table.targets, table.abilities_of, strict=True)):
        columns = [k for k, need in zip(abilities, target.needs, strict=True) if not need.seeks]
        if columns:
            table.points[:, p] += most * best[:, columns].max(axis=1).astype(np.int32) // 100


def _shares(weights: Numbers, values: Numbers, totals: Numbers, most: int) -> Index:
    """most * (weights @ values) // totals, 0 where the total is; exact, since the sums are below 2^53."""
    earned = (weights.astype(np.float64) @ values.astype(np.float64)).astype(np.int64)
    return (most * earned // np.maximum(totals, 1)[:, None]).astype(np.int32)


def _add_growth(table: SeatTable) -> None:
    skills, strengths = table.context.skills, _strengths(table)
    seeker, sought, priority = _ragged(
        [(skills.number(one.skill, member.id), one.priority) for one in member.seeks]
        for member in table.members
    )
    used, column = np.unique(sought, return_inverse=True)
    weights = np.zeros((len(table.members), len(used)), np.int64)
    np.add.at(weights, (seeker, column), priority)
    worth = np.zeros((len(used), len(table.targets)), np.int64)
    for p, target in enumerate(table.targets):
        needed = sorted({need.skill for need in target.needs})
        if needed:
            worth[:, p] = strengths[used][:, needed].max(axis=1, initial=0)
    points = table.points
    points += _shares(weights, worth, 100 * weights.sum(axis=1), table.context.policy.maxima.growth)


def _add_goals(table: SeatTable) -> None:
    keys: dict[str, int] = {}
    practised = [{keys.setdefault(skill_key(g), len(keys)) for g in target.goals} for target in table.targets]
    if not keys:
        return
    weights = np.zeros((len(table.members), len(keys)), np.int64)
    for i, member in enumerate(table.members):
        for goal in member.goals:
            if (k := keys.get(skill_key(goal))) is not None:
                weights[i, k] += 1
    values = np.zeros((len(keys), len(table.targets)), np.int64)
    for p, named in enumerate(practised):
        values[sorted(named), p] = 1
    totals = np.array([len(member.goals) for member in table.members], np.int64)
    points = table.points
    points += _shares(weights, values, totals, table.context.policy.maxima.goals)


def _add_rules(table: SeatTable) -> None:
    """The masks of the rules on seats, then what running seats are spared."""
    context, failed, targets = table.context, table.failed, table.targets

    def bit(code: str) -> np.uint16:
        return np.uint16(1 << BIT[code])

    organizations = sorted({member.organization for member in table.members})
    own = np.array([organizations.index(member.organization) for member in table.members])
    rival = np.zeros((len(organizations), len(targets)), np.bool_)
    absent = np.zeros_like(rival)
    for p, target in enumerate(targets):
        for k, name in enumerate(organizations):
            rival[k, p] = target.sponsor is not None and (name, target.sponsor) in context.rivals
            absent[k, p] = target.presence == "absent" and name == target.sponsor
    failed |= np.where(rival[own], bit("competitors"), np.uint16(0))
    failed |= np.where(absent[own], bit("sponsor"), np.uint16(0))
    _set(table, "forbidden", context.forbidden)
    tongues = sorted({tongue for target in targets for tongue in target.languages})
    speaks = np.zeros((len(table.members), len(tongues)), np.float32)
    for i, member in enumerate(table.members):
        speaks[i] = [tongue in member.languages for tongue in tongues]
    spoken = np.zeros((len(tongues), len(targets)), np.float32)
    for p, target in enumerate(targets):
        spoken[:, p] = [tongue in target.languages for tongue in tongues]
    dumb = (speaks @ spoken == 0) & np.array([bool(target.languages) for target in targets])
    failed |= np.where(dumb, bit("language"), np.uint16(0))
    usable = [rhythm.half.any(axis=1) for rhythm in table.rhythms]
    for p, (target, abilities) in enumerate(zip(targets, table.abilities_of, strict=True)):
        if target.kind == "circle":
            failed[~table.able[:, abilities].any(axis=1), p] |= bit("skill")
        if context.policy.meetings:
            failed[~usable[table.rhythm_number[target.rhythm]], p] |= bit("slot")
    barred = set(context.declined)
    cycles = context.policy.repeat_after_cycles
    circles = {target.source for target in targets if target.kind == "circle"}
    barred |= {key for key, ago in context.ended.items() if ago <= cycles and key[1] not in circles}
    sources: dict[str, list[str]] = {}
    for target in targets:
        sources.setdefault(target.source, []).append(target.id)
    _set(table, "repeat", ((member, pod) for member, source in barred for pod in sources.get(source, ())))
    _set(table, "repeat", context.rematch)
    spared = np.uint16(sum(1 << BIT[code] for code in BIT if RULE[code].spares_running))
    for name, pod in context.running:
        row, column = table.member_number.get(name), table.pod_number.get(pod)
        if row is not None and column is not None:
            failed[row, column] &= ~spared


def _set(table: SeatTable, code: str, seats: Iterable[tuple[str, str]]) -> None:
    """A rule stands against these seats."""
    for member, pod in seats:
        i, p = table.member_number.get(member), table.pod_number.get(pod)
        if i is not None and p is not None:
            table.failed[i, p] |= np.uint16(1 << BIT[code])
