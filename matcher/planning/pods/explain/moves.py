"""What one member could do instead, in words: every other seat and swap at once, with what it costs."""

from __future__ import annotations

from matcher.candidates.pods.rules import CODES, RULE
from matcher.domain.pods_explanation import BarredPod, PersonMoves, SeatOption
from matcher.planning.effects import cost_words, tier_effects
from matcher.planning.pods.explain.asked import Asked
from solvers.pods.explain.moves import Moves, Option
from solvers.pods.explain.moves import moves_of as options_of

GROUP_RULES = {
    "pinned": "Seats that are fixed by hand are in the way.",
    "must_run": "A pod that has to run would end.",
    "capacity": "Somebody would be in more pods than they want.",
    "hours": "Somebody would have too few hours left.",
    "two_places": "Somebody would be in two pods that meet at once.",
    "most_broken": "More running seats would end than the policy allows.",
    "size": "The pod would be too small or too large.",
    "organizations": "The pod would have too few organizations.",
    "share": "One organization would have too large a share of the pod.",
    "rivals": "Two organizations that compete would share the pod.",
    "apart": "Two who must not share a pod would.",
    "together": "Two who stay together would be parted.",
    "sponsor": "The sponsor's people would be in it, or missing, against the rule.",
    "language": "The pod would have no language in common.",
    "need": "A need of the pod would be unmet.",
    "newcomers": "The pod would have too many newcomers.",
    "veterans": "A newcomer would have no veteran.",
    "slot": "The pod would have no weekly time.",
    "half": "Somebody could come to less than half of the pod's sessions.",
    "quorum": "Too few could come to every session of the pod.",
}
"""Rules on whole pods and on single people, as an option would break them."""


def moves_of(asked: Asked, member: str) -> PersonMoves:
    """Every option of a member, the best first, and the pods that none of them reaches.

    Raises `UnknownIdError`, `InputError` for one who takes no part.
    """
    i = asked.number_of(member)
    found = options_of(asked.state, i)
    own = asked.state.pods_of.get(i, [])
    return PersonMoves(
        member=member,
        pods=tuple(asked.instance.pod_ids[p] for p in own),
        options=tuple(option_row(asked, found, one) for one in found.options),
        barred=tuple(_barred(asked, i, p, code) for p, code in sorted(found.barred.items())),
    )


def option_row(asked: Asked, moves: Moves, one: Option) -> SeatOption:
    """One option as a document."""
    ids, members = asked.instance.pod_ids, asked.instance.member_ids
    tiers = tier_effects(asked.state.tiers, one.tiers)
    return SeatOption(
        kind=one.kind,
        source=ids[one.source] if one.source >= 0 else None,
        target=ids[one.target] if one.target >= 0 else None,
        other=members[one.other] if one.other >= 0 else None,
        tiers=tiers,
        new_time=tuple(ids[p] for p in one.new_slot),
        sentence=f"{_deed(asked, moves.member, one)} {cost_words(tiers)}",
    )


def _barred(asked: Asked, i: int, p: int, code: str) -> BarredPod:
    """What keeps member i out of pod p: a rule on the seat, or on the pod."""
    sentence = GROUP_RULES.get(code, f"The rule {code} is in the way.")
    if code == "not_eligible":
        mask = int(asked.prepared.table.failed[i, p])
        code = next(name for bit, name in enumerate(CODES) if mask >> bit & 1)
        sentence = RULE[code].sentence
    return BarredPod(pod=asked.instance.pod_ids[p], title=asked.title(p), code=code, sentence=sentence)


def _deed(asked: Asked, i: int, one: Option) -> str:
    who = asked.name(i)
    source = asked.title(one.source) if one.source >= 0 else ""
    target = asked.title(one.target) if one.target >= 0 else ""
    other = asked.name(one.other) if one.other >= 0 else ""
    words = {
        "join": f"{who} also joins {target}.",
        "move": f"{who} goes from {source} to {target}.",
        "swap": f"{who} goes from {source} to {target}, and {other} the other way.",
        "replace": f"{who} takes the seat of {other} in {target}.",
        "leave": f"{who} leaves {source}.",
    }
    return words[one.kind]
