"""Who could take a turn: stand-ins and swaps with what each does, and who cannot by which rule."""

from __future__ import annotations

from collections import Counter

from matcher.domain.rota_explanation import StandIn, TurnExplanation, TurnPlace
from matcher.domain.rota_plan import PlanSession, PlanTurn
from matcher.planning.rota.explain.asked import Asked
from matcher.planning.rota.reasons import Blocks, against
from matcher.planning.rota.turns import turn_name
from matcher.planning.words import counted
from solvers.rota.turns.check.score import load
from solvers.rota.turns.state import State, state_of

MOST_SWAPS = 2_000
"""So many swaps are tried for one turn, those with the people who bear least first."""
MOST_RANKED = 60
"""So many of them that keep the rules are compared."""
SHOWN = 30


def explain_turn(asked: Asked, turn: int) -> TurnExplanation:
    """One turn, who else could take it (ranked by what it does to the plan), and who cannot. One of the
    frozen days may change hands too."""
    asked = asked.released([turn, *asked.near])
    name, _, role, number = asked.turns.places[turn]
    group = asked.prepared.context.group[name]
    session, entry = _found(asked, turn)
    own = next(
        (one for one in asked.plan.open_turns
         if (one.kind, one.key, one.index, one.role, one.number)
         == (group.kind, group.key, session.index, role, number)),
        None,
    )  # fmt: skip
    ranked, rules = _ranked(asked, turn)
    told = [own.sentence] if own is not None else list(entry.why)
    if turn in asked.turns.fixed:
        told.append("It was over when the rota was made.")
    told.append(
        f"{counted(len(ranked), 'change')} would fill it with nothing else changed."
        if ranked
        else "Nobody else could take it with nothing else changed."
    )
    return TurnExplanation(
        turn=entry,
        kind=group.kind,
        key=group.key,
        index=session.index,
        title=group.title,
        start=session.start,
        stand_ins=tuple(ranked[:SHOWN]),
        rules=dict(rules),
        conflict=own.conflict if own is not None else (),
        repairs=own.repairs if own is not None else (),
        sentences=tuple(told),
    )


def _found(asked: Asked, turn: int) -> tuple[PlanSession, PlanTurn]:
    name, t, role, number = asked.turns.places[turn]
    group = asked.prepared.context.group[name]
    for one in asked.plan.series:
        if (one.kind, one.key, one.pairing) == (group.kind, group.key, group.pairing):
            for session in one.sessions:
                for entry in session.turns:
                    if (session.index, entry.role, entry.number) == (group.index(t), role, number):
                        return session, entry
    raise AssertionError("the plan fits its document")


def _ranked(asked: Asked, turn: int) -> tuple[list[StandIn], Counter[str]]:
    """Everybody who could take a turn, the best first; and of the others how many each rule keeps away."""
    instance, taker = asked.turns.instance, asked.person[turn]
    g = {group.id: k for k, group in enumerate(asked.prepared.context.groups)}[asked.turns.places[turn][0]]
    blocks = Blocks(instance, asked.person)
    rules: Counter[str] = Counter()
    found: list[tuple[tuple[object, ...], int, int | None, list[int]]] = []
    eligible = []
    for i, code in against(asked.prepared, asked.turns, blocks, turn, g):
        if i == taker:
            continue
        person = asked.after({turn: i})
        if instance.choices.entry(turn, i) >= 0:
            eligible.append(i)
            if asked.allows(person):
                found.append((asked.rank(person), i, None, person))
                continue
        if code != "free":
            rules[code] += 1
    for i, other in _swaps(asked, turn, eligible):
        person = asked.after({turn: i, other: taker})
        if asked.allows(person):
            found.append((asked.rank(person), i, other, person))
    found.sort(key=lambda one: (one[0], one[2] is not None, one[1], one[2] or 0))
    return [_stand_in(asked, i, other, person) for _, i, other, person in found], rules


def _swaps(asked: Asked, turn: int, eligible: list[int]) -> list[tuple[int, int]]:
    """(person, turn that they would give for it) of exchanges that break no rule."""
    instance, taker = asked.turns.instance, asked.person[turn]
    if taker < 0 or turn in asked.turns.fixed:
        return []
    state = state_of(instance, asked.person)
    out: list[tuple[int, int]] = []
    tried = 0
    for i in sorted(eligible, key=lambda one: (len(state.turns_of.get(one, ())), one)):
        for other in sorted(state.turns_of.get(i, ())):
            if instance.choices.entry(other, taker) < 0:
                continue
            tried += 1
            if tried > MOST_SWAPS or len(out) >= MOST_RANKED:
                return out
            if _exchanges(state, turn, i, other, taker):
                out.append((i, other))
    return out


def _exchanges(state: State, turn: int, i: int, other: int, taker: int) -> bool:
    """Whether two people may have each other's turn; the state stays as it is."""
    if state.fixed.keys() & {turn, other}:
        return False
    state.drop(turn)
    state.drop(other)
    good = state.against(turn, i) is None
    if good:
        state.take(turn, i)
        good = state.against(other, taker) is None
    state.take(turn, taker)
    state.take(other, i)
    return good


def _stand_in(asked: Asked, i: int, gives: int | None, person: list[int]) -> StandIn:
    member = asked.prepared.people[i]
    named = place = None
    if gives is not None:
        own = asked.turns.places[gives]
        group = asked.prepared.context.group[own[0]]
        named = turn_name(group, own)
        place = TurnPlace(
            kind=group.kind, key=group.key, index=group.index(own[1]), role=own[2], number=own[3]
        )
    instance = asked.turns.instance
    carried = load(instance, i, 0, person.count(i)) if instance.counted[i, 0] else None
    return StandIn(
        member=member.id,
        name=member.name,
        organization=member.organization,
        gives=named,
        place=place,
        load=carried,
        effect=asked.effect(person),
    )
