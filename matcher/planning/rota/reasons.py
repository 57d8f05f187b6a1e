"""Why a session has no time, and a turn nobody: counted rule by rule from the rules themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.rota.context import ROLES
from matcher.candidates.rota.rules import RULE, standing_reasons, step_reasons
from matcher.candidates.rota.times import slot_starts, whole_sessions
from matcher.domain.rota_plan import NoTime, OpenTurn
from matcher.planning.rota.sentences import ROLE_WORDS
from matcher.planning.words import TURN_REASONS, counted, rule_sentence
from solvers.rota.turns.instance import Role

if TYPE_CHECKING:
    from matcher.planning.rota.instance import Prepared
    from matcher.planning.rota.turns import Turns
    from solvers.rota.times.solution import Times
    from solvers.rota.turns.instance import TurnsInstance


def no_time(prepared: Prepared, times: Times) -> tuple[NoTime, ...]:
    """Sessions without a time: one row for a whole series, else one for each."""
    out: list[NoTime] = []
    for g, starts in enumerate(times):
        closed = prepared.times.groups[g].closed
        missing = [t for t, step in enumerate(starts) if step < 0 and t not in closed]
        if not missing:
            continue
        whole = len(missing) == len(starts) - len(closed)
        for t in missing[:1] if whole else missing:
            out.append(_no_time(prepared, times, g, t, whole))
    return tuple(out)


def _no_time(prepared: Prepared, times: Times, g: int, t: int, whole: bool) -> NoTime:
    context, instance = prepared.context, prepared.times
    group, numbers = context.groups[g], instance.groups[g]
    starts = slot_starts(context, group, {})[:, t]
    frozen = prepared.history.frozen_until
    rows = np.array(numbers.members)
    free = whole_sessions(instance.free[rows], numbers.length)
    taken = np.zeros((len(rows), instance.n_steps), np.bool_)
    for other, (one, held) in enumerate(zip(instance.groups, times, strict=True)):
        here = np.isin(rows, one.members)
        for step in held if other != g and here.any() else ():
            if step >= 0:
                taken[here, max(0, step - numbers.length + 1) : step + one.length] = True
    rules: Counter[str] = Counter()
    best: tuple[int, int] | None = None
    for start in starts.tolist():
        if start < 0:
            rules["outside_cycle"] += 1
            continue
        if frozen is not None and context.instant(start) < frozen:
            rules["over"] += 1
            continue
        come = int(free[:, start].sum())
        best = max(best or (-1, 0), (come, -start))
        if come < group.quorum:
            rules["quorum"] += 1
        elif group.required and not all(
            free[numbers.members.index(prepared.row[one]), start] for one in group.required
        ):
            rules["required"] += 1
        elif taken[:, start].any():
            rules["two_places"] += 1
        else:
            rules["least_percent" if whole else "stable"] += 1
    reason = max(rules, key=lambda code: (rules[code], code)) if rules else "outside_cycle"
    told = ", ".join(f"{number} by {code}" for code, number in rules.most_common())
    what = f"{group.title} has no time" if whole else f"Week {group.index(t)} of {group.title} has no time"
    repairs = []
    if best is not None and rules["quorum"] and best[0] < group.quorum:
        at = context.weekly(group, -best[1])
        repairs.append(
            f"At {at} ({group.zone}) {best[0]} of {len(group.members)} could come; "
            f"{group.quorum} are needed: more free time of theirs would do"
            + ("." if group.kind == "pair" else f", or a quorum of {100 * best[0] // len(group.members)} %.")
        )
    if rules["required"]:
        repairs.append(
            f"With more free hours of {', '.join(group.required)}, {counted(rules['required'], 'time')} "
            "would be open."
        )
    if rules["two_places"]:
        repairs.append("Members are in other groups at the times that would do: let one of these move.")
    return NoTime(
        kind=group.kind,
        key=group.key,
        pairing=group.pairing,
        index=None if whole else group.index(t),
        reason=reason,
        sentence=f"{what}: of {len(starts)} weekly times, {told}. Most often: {rule_sentence(reason)}.",
        rules=dict(rules),
        repairs=tuple(repairs),
    )


AWAY = ("available", "busy", "on_leave", "holiday", "in_session")
"""Rules that say somebody is not free then."""


def open_turns(prepared: Prepared, turns: Turns, person: Sequence[int]) -> tuple[OpenTurn, ...]:
    """Turns that nobody takes, those of leads first, but for those that are over."""
    group_of = {group.id: g for g, group in enumerate(prepared.context.groups)}
    over = set(turns.instance.open_turns.tolist())
    blocks = Blocks(turns.instance, person)
    missing = [turn for turn, i in enumerate(person) if i < 0 and turn not in over]
    missing.sort(key=lambda turn: (int(turns.instance.role[turn]), turn))
    return tuple(_open(prepared, turns, blocks, turn, group_of[turns.places[turn][0]]) for turn in missing)


def _open(prepared: Prepared, turns: Turns, blocks: Blocks, turn: int, g: int) -> OpenTurn:
    context = prepared.context
    _, t, role, number = turns.places[turn]
    group, step = context.groups[g], turns.steps[turn]
    rules = Counter(code for _, code in against(prepared, turns, blocks, turn, g))
    trained = {
        code: count for code, count in rules.items() if code not in ("left", "training", "facilitations")
    }
    reason = max(trained, key=lambda code: (trained[code], code), default="training")
    told = ", ".join(f"{count} by {code}" for code, count in Counter(trained).most_common())
    who = sum(trained.values())
    sentence = f"Nobody is {ROLE_WORDS[role]} of {group.title} at {context.wall(group, step)}: " + (
        f"of {counted(who, 'person', 'people')} trained for it, {told}."
        if who
        else f"nobody who could is trained for it ({rules['training']} people are not)."
    )
    repairs = []
    if not who:
        repairs.append(
            f"Train somebody as {ROLE_WORDS[role]}, or ask for fewer in the policy's facilitators."
        )
    elif reason in AWAY:
        some = counted(trained[reason], "person", "people")
        repairs.append(f"{some} could take it, if they were free then.")
    elif reason in ("hours", "hours_left"):
        some = counted(trained[reason], "person", "people")
        repairs.append(f"{some} could take it with more hours a month.")
    else:
        repairs.append(f"Relax {reason}: it takes away {counted(trained[reason], 'person', 'people')}.")
    return OpenTurn(
        kind=group.kind,
        key=group.key,
        index=group.index(t),
        role=role,
        number=number,
        reason=reason,
        sentence=sentence,
        rules=dict(rules),
        repairs=tuple(repairs),
    )


def against(prepared: Prepared, turns: Turns, blocks: Blocks, turn: int, g: int) -> Iterator[tuple[int, str]]:
    """Each person with the first rule that keeps them from a turn; "free" where none does."""
    context, instance = prepared.context, turns.instance
    _, t, role, _ = turns.places[turn]
    group, step = context.groups[g], turns.steps[turn]
    barred = prepared.pins.forbids(group, t, role)
    able = set(prepared.able[g][ROLES.index(role)].tolist())
    for i, member in enumerate(prepared.people):
        if instance.choices.entry(turn, i) >= 0:
            yield i, blocks.code(turn, i) or "free"
        elif i not in able:
            if (g, role, i) not in blocks.standing:
                blocks.standing[g, role, i] = standing_reasons(context, member, group, role)[0].code
            yield i, blocks.standing[g, role, i]
        elif member.id in barred:
            yield i, "forbidden"
        else:
            yield i, next((one.code for one in step_reasons(context, member, group, step)), "in_session")


class Blocks:
    """Rules over several turns that keep somebody from one more turn, as others stand.

    standing: first rule against a person in a role of a group, where it was asked before.
    """

    def __init__(self, instance: TurnsInstance, person: Sequence[int]) -> None:
        self.instance, self.person = instance, person
        self.standing: dict[tuple[int, str, int], str] = {}
        self._windows: dict[int, list[int]] = {}
        for w in range(len(instance.windows)):
            if not instance.windows.cost[w]:
                for turn in instance.windows.turns(w).tolist():
                    self._windows.setdefault(turn, []).append(w)
        self._taken: dict[int, list[int]] = {}
        for turn, i in enumerate(person):
            if i >= 0:
                self._taken.setdefault(i, []).append(turn)

    def code(self, turn: int, i: int) -> str | None:
        """The first rule against it; None when they could take it as it stands."""
        instance, own = self.instance, self._taken.get(i, [])
        if any(instance.session[one] == instance.session[turn] for one in own):
            return "twice"
        for w in self._windows.get(turn, ()):
            inside = set(instance.windows.turns(w).tolist())
            if sum(one in inside for one in own) >= instance.window_room(w, i):
                return instance.windows.codes[int(instance.windows.code[w])]
        if len(own) >= instance.room[i]:
            return "most"
        if sum(instance.hours_for(one, i) for one in (*own, turn)) > instance.hours_left[i]:
            return "hours"
        o = int(instance.organization[i])
        most = int(instance.organization_room[o])
        if most >= 0 and sum(p >= 0 and instance.organization[p] == o for p in self.person) >= most:
            return "organization_most"
        if instance.mixed and instance.role[turn] != Role.SHADOW:
            for other, p in enumerate(self.person):
                beside = p >= 0 and instance.session[other] == instance.session[turn]
                if beside and instance.role[other] != Role.SHADOW and instance.organization[p] == o:
                    return "same_organization"
        return None


def turn_rule(code: str) -> str:
    """The sentence of a rule on turns, or of another reason."""
    if code in RULE:
        return RULE[code].sentence
    return TURN_REASONS.get(code) or rule_sentence(code)
