"""Why, why not, what blocks, what would help: answers to one reader about one pair or one member."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.explanation import (
    Effect,
    MemberExplanation,
    Move,
    PairExplanation,
    RoleExplanation,
    RuleAgainst,
    TierEffect,
)
from matcher.domain.plan import Cut as CutRow
from matcher.domain.plan import IdleGuide, Repair, Unmatched
from matcher.planning.audience import SECRET_PARTS, Audience
from matcher.planning.pairs.explain.asked import Asked
from matcher.planning.pairs.reasons.repairs import cut_row
from matcher.planning.words import PRIVATE, counted, listed, rule_sentence, tier_words
from solvers.limits import Limits
from solvers.pairs.edges import NOT_ELIGIBLE, Edges
from solvers.pairs.explain import Outcome, forbid, force, least_losses, one_more_place
from solvers.pairs.explain.state import column, holds
from solvers.pairs.instance import Order

if TYPE_CHECKING:
    from matcher.candidates.rules import Reason

NEAREST = 3
"""So many of the nearest pairs are priced for a guide with places over; of large networks one."""

COORDINATOR = Audience()


def explain_pair(
    asked: Asked, learner: str, guide: str, audience: Audience = COORDINATOR, limits: Limits | None = None
) -> PairExplanation:
    """Why two people are a pair or not, and what the other way would cost the whole.

    `limits` allow a solve from scratch where rules outside the flow (shared hours) leave the cost open.
    Raises UnknownIdError for strangers, InputError where the reader may not ask.
    """
    _permitted(asked, audience, (learner, guide))
    i, j = asked.learner.get(learner), asked.guide.get(guide)
    if i is None or j is None:
        return _not_taking_part(asked, learner, guide, audience)
    together = holds(asked.pairs, i, j)
    rules = _rules(asked, learner, guide)
    shown = _shown(rules, audience)
    points, parts = _points(asked, i, j)
    pinned = holds(asked.instance.pinned, i, j)
    effect = None
    if asked.instance.order is not Order.STABLE:
        overridable = all(rule.pin_overrides for rule in rules)
        if together and not pinned:
            effect = effect_of(asked, forbid(asked.state, i, j, limits), audience, "without")
        elif not together and overridable and (not rules or audience.sees_all):
            effect = effect_of(asked, force(asked.state, i, j, points, limits), audience, "forcing")
    eligible = not rules if asked.prepared is not None else points is not None
    sentences = _pair_sentences(together, pinned, shown, points, parts, effect, audience)
    return PairExplanation(
        learner=learner,
        guide=guide,
        together=together,
        eligible=eligible,
        pinned=pinned and audience.sees_all,
        points=points if audience.sees_all else None,
        parts={name: value for name, value in parts.items() if audience.sees_all or name not in SECRET_PARTS},
        rules=shown,
        effect=effect,
        sentences=sentences,
    )


def explain_member(
    asked: Asked, member: str, audience: Audience = COORDINATOR, limits: Limits | None = None
) -> MemberExplanation:
    """How a member stands as learner and as guide: partners, what blocks, what would help.

    Errors as in `explain_pair`.
    """
    _permitted(asked, audience, (member,))
    roles: list[RoleExplanation] = []
    if member in asked.learner:
        roles.append(_as_learner(asked, member, audience, limits))
    if member in asked.guide:
        roles.append(_as_guide(asked, member, audience, limits))
    left_out = tuple(
        RuleAgainst(code=one.rule, sentence=f"As {one.role}: {one.sentence}")
        for one in asked.plan.left_out
        if one.member == member
    )
    if not roles and not left_out:
        raise UnknownIdError("member", member, "Or they neither learn nor guide in this program.")
    return MemberExplanation(member=member, roles=tuple(roles), left_out=left_out)


def _as_learner(asked: Asked, member: str, audience: Audience, limits: Limits | None) -> RoleExplanation:
    i = asked.learner[member]
    guides = asked.pairs.guide[asked.pairs.learner == i].tolist()
    _read(asked, member, [asked.instance.guide_ids[j] for j in guides])
    partners = tuple(
        explain_pair(asked, member, asked.instance.guide_ids[j], audience, limits) for j in guides
    )
    wanted = int(asked.instance.need[i])
    row = next((one for one in asked.plan.unmatched if one.learner == member), None)
    sentences = [f"{member} wants {counted(wanted, 'guide')} and has {len(guides)}."]
    cut: CutRow | None = None
    repairs: tuple[Repair, ...] = ()
    if row is not None:
        sentences.append(_told(row, audience))
        if asked.instance.order is not Order.STABLE:
            known = asked.plan.cuts[row.cut] if row.cut is not None else None
            found = asked.cut_of(member) if row.eligible != 0 and not (known and asked.large) else None
            if found is not None:
                known = cut_row(asked.instance, found, asked.groups)
            if known is not None:
                cut = _cut(asked, known, audience)
                sentences.append(cut.sentence)
            if audience.sees_all:
                repairs = asked.repairs(i, found)
                sentences += [repair.sentence for repair in repairs]
    return RoleExplanation(
        role="learner",
        places=wanted,
        partners=partners,
        reason=row.reason if row is not None else None,
        cut=cut,
        repairs=repairs,
        sentences=tuple(sentences),
    )


def _as_guide(asked: Asked, member: str, audience: Audience, limits: Limits | None) -> RoleExplanation:
    instance = asked.instance
    j = asked.guide[member]
    learners = asked.pairs.learner[asked.pairs.guide == j].tolist()
    row = next((one for one in asked.plan.idle_guides if one.guide == member), None)
    sees_costs = audience.sees_all and instance.order is not Order.STABLE
    near = _nearest(asked, j, learners) if row is not None and sees_costs else []
    _read(asked, member, [instance.learner_ids[i] for i in (*learners, *near)])
    partners = tuple(explain_pair(asked, instance.learner_ids[i], member, audience, limits) for i in learners)
    places = int(instance.capacity[j])
    sentences = [f"{member} takes {counted(places, 'learner')} and has {len(learners)}."]
    nearest = tuple(explain_pair(asked, instance.learner_ids[i], member, audience) for i in near)
    gain = None
    if row is not None:
        sentences.append(_told(row, audience))
        for one in nearest:
            if one.effect is not None:
                sentences.append(f"Nearest: {one.learner}. {one.effect.sentence}")
    elif sees_costs:
        gain = effect_of(asked, one_more_place(asked.state, j, 1), audience, "place")
        sentences.append(gain.sentence)
    return RoleExplanation(
        role="guide",
        places=places,
        partners=partners,
        reason=row.reason if row is not None else None,
        nearest=nearest,
        place_gain=gain,
        sentences=tuple(sentences),
    )


def _read(asked: Asked, member: str, partners: list[str]) -> None:
    """Read the profiles of a member and their partners at once."""
    if asked.prepared is not None and partners:
        asked.profiles((member, *partners))


def _nearest(asked: Asked, guide: int, have: Iterable[int]) -> list[int]:
    """Learners whose forcing loses least by the duals, who are not the guide's already."""
    state, pairs = asked.state, asked.instance.edges.column(guide)
    free = ~np.isin(pairs.learner, np.array(list(have), np.int64))
    pairs = Edges(pairs.learner[free], pairs.guide[free], pairs.points[free])
    order = np.lexsort((pairs.learner, *least_losses(state, pairs)[::-1]))[: 1 if asked.large else NEAREST]
    return [int(i) for i in pairs.learner[order]]


# -- parts of an answer ----------------------------------------


def _permitted(asked: Asked, audience: Audience, people: tuple[str, ...]) -> None:
    if not audience.may_ask(people, asked.organization_of):
        whose = "its own people" if audience.kind == "organization" else "themselves"
        raise InputError(f"{audience.kind} {audience.id} may ask about {whose} only.")


def _rules(asked: Asked, learner: str, guide: str) -> tuple[Reason, ...]:
    """The rules against a pair, in plain Python on the profiles; none for bare instances."""
    if asked.prepared is None:
        return ()
    from matcher.candidates.rules import reasons

    profiles = asked.profiles((learner, guide))
    return reasons(profiles.context, profiles.members[learner], profiles.members[guide])


def _shown(rules: tuple[Reason, ...], audience: Audience) -> tuple[RuleAgainst, ...]:
    """Rules as the reader may know them; all secret ones are one private rule."""
    if audience.sees_all:
        return tuple(
            RuleAgainst(code=rule.code, sentence=rule.sentence, overridable=rule.pin_overrides)
            for rule in rules
        )
    shown = [
        RuleAgainst(code=rule.code, sentence=rule_sentence(rule.code)) for rule in rules if not rule.secret
    ]
    if any(rule.secret for rule in rules):
        shown.append(RuleAgainst(code="private", sentence=f"{PRIVATE.capitalize()}."))
    return tuple(shown)


def _points(asked: Asked, i: int, j: int) -> tuple[int | None, dict[str, int]]:
    if asked.prepared is None:
        points = int(asked.instance.edges.points(column(i), column(j))[0])
        return (None if points == NOT_ELIGIBLE else points), {}
    from matcher.domain.policy import PARTS

    numbers = asked.prepared.candidates.parts(column(i), column(j))[0].tolist()
    return sum(numbers), dict(zip(PARTS, numbers, strict=True))


def _not_taking_part(asked: Asked, learner: str, guide: str, audience: Audience) -> PairExplanation:
    """One of the two is not in the role at all."""
    rules: list[RuleAgainst] = []
    for member, role, known in ((learner, "learner", asked.learner), (guide, "guide", asked.guide)):
        if member in known:
            continue
        row = next((one for one in asked.plan.left_out if (one.member, one.role) == (member, role)), None)
        if row is not None:
            rules.append(RuleAgainst(code=row.rule, sentence=f"{member} as {role}: {row.sentence}"))
        elif member in asked.organization_of or any(one.member == member for one in asked.plan.left_out):
            rules.append(RuleAgainst(code="role", sentence=f"{member} does not take part as a {role}."))
        else:
            raise UnknownIdError(role, member)
    if not audience.sees_all:
        rules = [rule if audience.id in (learner, guide) else _bland(rule) for rule in rules]
    return PairExplanation(
        learner=learner,
        guide=guide,
        together=False,
        eligible=False,
        rules=tuple(rules),
        sentences=tuple(rule.sentence for rule in rules),
    )


def _bland(rule: RuleAgainst) -> RuleAgainst:
    return RuleAgainst(code="role", sentence="One of the two takes no part in this role.")


def effect_of(asked: Asked, outcome: Outcome, audience: Audience, what: str) -> Effect:
    """An outcome as the reader may see it; `what` was asked: "without", "forcing", "swap" or "place"."""
    if not outcome.possible:
        sentence = "No plan at all could hold it: it contradicts places, pins or limits."
        return Effect(possible=False, exact=True, sentence=sentence)
    ids = asked.instance
    guides = (*ids.guide_ids, "one more guide")
    moves = [
        Move.model_validate({"learner": ids.learner_ids[i], "guide": guides[j], "change": change})
        for change, pairs in (("ends", outcome.dropped), ("starts", outcome.added))
        for i, j in zip(pairs.learner.tolist(), pairs.guide.tolist(), strict=True)
    ]
    if audience.sees_all:
        seen = moves
    else:
        seen = [
            move
            for move in moves
            if audience.sees(move.learner, asked.organization_of)
            and audience.sees(move.guide, asked.organization_of)
        ]
    tiers = tuple(
        TierEffect(
            tier=tier.name,
            words=tier_words(tier.name),
            sense=tier.sense,
            before=tier.before,
            after=tier.after,
            gain=tier.gain,
        )
        for tier in outcome.tiers
    )
    sentence = _effect_sentence(outcome, what) if audience.sees_all else _effect_bland(outcome, what)
    return Effect(
        possible=True,
        exact=outcome.exact,
        tiers=tiers if audience.sees_all else (),
        moves=tuple(seen),
        hidden_moves=len(moves) - len(seen),
        sentence=sentence,
    )


_HEADS = {
    "without": "Without this pair, the best plan",
    "forcing": "Forcing this pair, the best plan",
    "swap": "With this swap, the best plan",
    "place": "With one more place here, the best plan",
}


def _effect_sentence(outcome: Outcome, what: str) -> str:
    """What a change does to the plan, tier by tier from the first that changes."""
    head = _HEADS[what]
    changed = [tier for tier in outcome.tiers if tier.before != tier.after]
    if not changed:
        return f"{head} is as good as this one in every tier."
    told = [
        f"{tier_words(tier.name)} {_number(tier.after)} instead of {_number(tier.before)}"
        + (f" ({tier.gain:+,})" if tier.gain is not None else "")
        for tier in changed
    ]
    moves = len(outcome.added) + len(outcome.dropped)
    qualifier = "" if outcome.exact else " at worst" if outcome.attained else " at best"
    return f"{head} has{qualifier} {', '.join(told)}; {counted(moves, 'pair')} would change."


def _effect_bland(outcome: Outcome, what: str) -> str:
    """The same without numbers of others."""
    head, tier = _HEADS[what], outcome.decisive
    if tier is None:
        return f"{head} is as good as this one."
    lost = -(tier.gain or 0)
    if tier.name.startswith("places_") and lost > 0:
        return f"{head} would leave {counted(lost, 'more learner')} without a guide they want."
    return f"{head} is {'less good' if lost > 0 else 'better'} as a whole."


def _number(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def _pair_sentences(
    together: bool,
    pinned: bool,
    rules: tuple[RuleAgainst, ...],
    points: int | None,
    parts: dict[str, int],
    effect: Effect | None,
    audience: Audience,
) -> tuple[str, ...]:
    shown = {name: value for name, value in parts.items() if audience.sees_all or name not in SECRET_PARTS}
    detail = ", ".join(f"{name} {value}" for name, value in shown.items())
    worth = f"{points} points" if audience.sees_all and points is not None else "points"
    out: list[str] = []
    if together:
        out.append(
            f"They are a pair, for {worth} ({detail})." if detail else f"They are a pair, for {worth}."
        )
        if pinned and audience.sees_all:
            out.append("It is fixed by hand or runs frozen, so the plan had to hold it.")
    elif rules:
        out.append("They may not meet:")
        out += [rule.sentence for rule in rules]
        if audience.sees_all and not all(rule.overridable for rule in rules):
            firm = [rule.code for rule in rules if not rule.overridable]
            out.append(f"Nobody may override {listed(firm)}.")
        elif audience.sees_all and detail:
            out.append(f"If they met, the pair would be worth {worth} ({detail}).")
    elif points is not None:
        out.append(f"They may meet, for {worth} ({detail})." if detail else f"They may meet, for {worth}.")
    else:
        out.append("No edge joins them.")
    if effect is not None:
        out.append(effect.sentence)
        if effect.moves:
            told = [f"{' - '.join(move.place)} {move.change}" for move in effect.moves]
            out.append(f"Who would move: {listed(told, 8)}.")
        if effect.hidden_moves:
            out.append(f"{counted(effect.hidden_moves, 'pair')} of other people would change.")
    return tuple(out)


def _told(row: Unmatched | IdleGuide, audience: Audience) -> str:
    """Why somebody has fewer partners than they could, as the reader may read it."""
    return row.sentence if audience.sees_all else row.public_sentence or row.sentence


def _cut(asked: Asked, cut: CutRow, audience: Audience) -> CutRow:
    """A cut without the names that the reader may not see."""
    if audience.sees_all:
        return cut
    learners = tuple(one for one in cut.learners if audience.sees(one, asked.organization_of))
    guides = tuple(one for one in cut.guides if audience.sees(one, asked.organization_of))
    sentence = (
        f"{counted(len(cut.learners), 'learner')} share {counted(cut.places, 'place')}"
        f" of {counted(len(cut.guides), 'guide')}."
    )
    return CutRow(learners=learners, guides=guides, places=cut.places, limits=(), sentence=sentence)
