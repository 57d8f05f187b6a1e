"""At which other times a group could meet, and how a member stands in a rota."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

from matcher.candidates.rota.context import ROLES
from matcher.candidates.rota.rules import level_of, may_take
from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.explanation import RuleAgainst
from matcher.domain.member import Status
from matcher.domain.rota_explanation import GroupTimes, OtherTime, OwnTurn, RotaExplanation
from matcher.planning.audience import Audience
from matcher.planning.rota.explain.asked import Asked
from matcher.planning.words import counted
from solvers.rota.times.check.score import attending, burden_at

SHOWN = 20


def explain_times(asked: Asked, kind: str, key: tuple[str, ...]) -> GroupTimes:
    """The weekly times of a group, the best first, and why the others hold fewer sessions.

    What other groups of the rota take from its members counts as taken. Raises UnknownIdError.
    """
    context, times = asked.prepared.context, asked.prepared.times
    g = next((k for k, one in enumerate(context.groups) if (one.kind, one.key) == (kind, key)), None)
    if g is None:
        raise UnknownIdError(kind, " + ".join(key))
    group, numbers = context.groups[g], times.groups[g]
    taken = _taken_elsewhere(asked, g)
    coming = [t for t in range(numbers.n_sessions) if t not in numbers.fixed_at and t not in numbers.closed]
    chosen = Counter(step for step in asked.standing.times[g] if step >= 0)
    found, rules = [], Counter[str]()
    for s in range(numbers.n_slots):
        held = come = burden = 0
        reasons: Counter[str] = Counter()
        here = False
        for t in coming:
            step = int(numbers.starts[s, t])
            if step < 0:
                reasons["outside_cycle"] += 1
                continue
            here = here or (chosen[step] > 0 and asked.standing.times[g][t] == step)
            able = attending(times, numbers, step)
            free = [i for i in able if not any(a < step + numbers.length and step < b for a, b in taken[i])]
            if not set(numbers.required) <= set(free):
                reasons["expert"] += 1
            elif len(free) < numbers.quorum:
                reasons["quorum" if len(able) < numbers.quorum else "two_places"] += 1
            else:
                held += 1
                come += len(free)
                burden += sum(burden_at(times, i, step, numbers.length) for i in free)
        first = next((int(step) for step in numbers.starts[s] if step >= 0), None)
        if held < len(coming) and reasons:
            rules[reasons.most_common(1)[0][0]] += 1
        if first is not None and (held or here):
            local = context.instant(first).astimezone(ZoneInfo(group.zone))
            found.append(
                OtherTime(
                    weekday=local.isoweekday(), start=f"{local:%H:%M}", time_zone=group.zone, sessions=held,
                    come=come, burden=burden, chosen=here,
                )
            )  # fmt: skip
    found.sort(key=lambda one: (-one.sessions, -one.come, one.burden, one.weekday, one.start))
    whole = sum(one.sessions == len(coming) for one in found)
    return GroupTimes(
        kind=group.kind,
        key=group.key,
        title=group.title,
        sessions=len(coming),
        times=tuple(one for at, one in enumerate(found) if at < SHOWN or one.chosen),
        rules=dict(rules),
        sentences=(
            f"{counted(whole, 'weekly time')} of {numbers.n_slots:,} can hold all "
            f"{counted(len(coming), 'session')} to come, while other groups keep theirs.",
        ),
    )


def _taken_elsewhere(asked: Asked, g: int) -> dict[int, list[tuple[int, int]]]:
    """When people are in sessions of other groups of the rota, or facilitate them."""
    times = asked.prepared.times
    out: dict[int, list[tuple[int, int]]] = {i: [] for i in range(len(asked.prepared.people))}
    for h, (numbers, starts) in enumerate(zip(times.groups, asked.standing.times, strict=True)):
        for step in starts if h != g else ():
            for i in attending(times, numbers, step) if step >= 0 else ():
                out[i].append((step, step + numbers.length))
    own = asked.prepared.context.groups[g].id
    number = {group.id: k for k, group in enumerate(asked.prepared.context.groups)}
    for turn, i in enumerate(asked.person):
        name = asked.turns.places[turn][0]
        if i >= 0 and name != own:
            step = asked.turns.steps[turn]
            out[i].append((step, step + times.groups[number[name]].length))
    return out


def explain_member(asked: Asked, member: str, audience: Audience) -> RotaExplanation:
    """How somebody stands: turns, ledger, and what keeps them from every turn. Raises UnknownIdError, and
    InputError for a reader who may not ask about them."""
    context = asked.prepared.context
    person = context.members.get(member)
    if person is None:
        raise UnknownIdError("member", member)
    if not audience.may_ask((member,), {member: person.organization}):
        raise InputError(f"{audience.id} may not ask about {member}.")
    turns = tuple(
        OwnTurn(
            kind=one.kind, key=one.key, index=session.index, role=turn.role, title=one.title,
            start=session.start, why=turn.why,
        )
        for one in asked.plan.series
        for session in one.sessions
        for turn in session.turns
        if turn.member == member
    )  # fmt: skip
    level = level_of(context, person)
    out = []
    if person.status is Status.LEFT:
        out.append(RuleAgainst(code="left", sentence=f"{person.name} has left."))
    elif not person.capacities.facilitations:
        out.append(RuleAgainst(code="facilitations", sentence=f"{person.name} facilitates no sessions now."))
    elif not any(may_take(level, role) for role in ROLES):
        sentence = f"{person.name} is not trained to facilitate (training: {level})."
        out.append(RuleAgainst(code="training", sentence=sentence))
    ledger = next((one for one in asked.plan.people if one.member == member), None)
    told = [f"{counted(len(turns), 'turn')} in this cycle."]
    if ledger is not None and ledger.load is not None:
        told.append(f"Their load is {ledger.load / 100:g} turns of a full share, cycles before included.")
    return RotaExplanation(
        member=member, turns=turns, ledger=ledger, left_out=tuple(out), sentences=tuple(told)
    )
