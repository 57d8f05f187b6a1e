"""Codes in words: every reason, tier and phase that a plan can show has its sentence here."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.domain.plan import IdleGuide, Unmatched

PRIVATE = "not eligible by a private rule"
"""What everybody but coordinators reads in place of a secret rule."""

REASONS: dict[str, str] = {
    # of learners
    "no_eligible_guide": "no guide passes every rule",
    "no_further_guide": "every eligible guide is theirs already",
    "guides_full": "every eligible guide is full",
    # of guides
    "no_eligible_learner": "no learner passes every rule",
    "learners_placed": "every eligible learner has the guides they want",
    # of both: a free place and a free wish that a limit keeps apart
    "organization_limit": "give and take: an organization is at its limit",
    "quota": "a quota is used up",
    "hours_budget": "the hours of a person in both roles are used up",
    "both_ways": "the two already meet the other way round",
    "minimum_load": "the guide would stay below the least number of learners they take",
    "other_limits": "several limits together keep every place from them",
    "prefers_others": "in a stable match, places went to people ranked higher",
    "not_proven": "the run ended before the best answer was proven",
    "not_counted": "not looked into: too many people are left over",
    # of changes
    "rematch": "one of the two asked for another match",
    "better_whole": "the whole is better without it",
    "new_place": "a learner who had no guide",
    "further_guide": "one more guide for a learner who has one",
    "replacement": "in place of a pair that ended or was dropped",
    "pinned": "forced by the coordinator",
    "kept": "goes on",
    # of members without a pod
    "no_eligible_pod": "no pod is open to them",
    "pods_not_run": "no pod that is open to them runs",
    "pods_full": "every pod that is open to them is full",
    "group_rules": "a rule on the group keeps them out",
    # of pods that do not run
    "too_few_people": "too few people may be in it",
    "organizations": "those who may be in it come from too few organizations",
    "sponsor_absent": "nobody of its sponsor may be in it",
    "need_unmet": "too few people can meet one of its needs",
    "no_common_time": "at no weekly time can enough of them come",
    "members_elsewhere": "those who may be in it are in other pods",
    # of changes of seats
    "pod_gone": "the pod takes no part any more",
    "new_seat": "a member who had no pod",
    "further_pod": "one more pod for a member who has one",
    "replacement_seat": "in place of a seat that ended",
    # of sessions without a time
    "outside_cycle": "it would lie outside the days of the cycle",
    "over": "it is over, or too near",
    "quorum": "too few members can come",
    "required": "somebody who has to be there cannot come",
    "two_places": "somebody is in another session at that time",
    "least_percent": "a member could come to too few sessions",
    "stable": "the whole series keeps one weekly time",
    # of turns that nobody takes
    "spacing": "two turns of one person would be too near",
    "most_per_month": "somebody would take too many turns in 30 days",
    "most": "somebody takes as many turns as they may",
    "twice": "somebody takes another turn of the same session",
    "organization_most": "the people of an organization take as many turns as they may",
    "same_organization": "lead and co-facilitators come from different organizations",
    "free": "somebody could take it: the run ended before it was filled",
    # of changes of sessions and turns
    "new_session": "a session that was not announced",
    "no_time": "it finds no time any more",
    "group_gone": "the group takes no part any more",
    "no_longer_possible": "it can no longer be held then",
    "filled": "it was open before",
    "handed": "it changed hands by agreement",
    "replanned": "the rota was made anew",
}

TURN_REASONS: dict[str, str] = {
    "hours": "somebody's hours are used up",
    "forbidden": "a coordinator kept it from them",
}
"""Reasons why nobody takes a turn, whose codes are those of rules on pairs."""

TIERS: dict[str, str] = {
    "shortage": "places missing to guides' minimum loads",
    "priority": "priority of learners placed",
    "kept": "running pairs kept",
    "floor": "lowest points of a new pair",
    "points": "points",
    "left_out": "people without a group in a round they come to",
    "changed_groups": "groups of the plan before that do not go on",
    "uneven": "places by which groups are uneven",
    "repeats": "weight of meeting somebody again",
    "own_organization": "meetings within an organization",
    "worst_repeats": "weight of repeats that one person bears",
    "placed": "members in a pod",
    "problems": "priority of pods that run",
    "lowest": "lowest satisfaction of a new seat",
    "weakest": "points of the weakest pod",
    "unscheduled": "sessions without a time",
    "uncovered": "sessions with too few free facilitators",
    "attendance": "people at sessions",
    "moved": "announced sessions moved",
    "highest_burden": "highest unsocial burden of one person",
    "burden": "unsocial burden of all",
    "slot_changes": "changes of weekly time",
    "unfilled_lead": "open turns of leads",
    "unfilled_co": "open turns of co-facilitators",
    "unfilled_shadow": "open turns of shadows",
    "highest_load": "highest load of one person",
    "lowest_load": "lowest load of one person",
    "squares": "squares of loads",
    "over_share": "turns above organizations' shares",
    "ladder": "people who took every turn they need to go up",
    "spacing": "cost of turns too near each other",
    "preferences": "preferences",
    "cost": "cost",
}


ROTA_TWICE = ("highest_burden", "burden")
"""Tiers that both stages of a rota have."""


def tier_words(name: str) -> str:
    """A tier in words."""
    if name.startswith("places_"):
        layer = int(name.removeprefix("places_"))
        return "learners with a guide" if layer == 1 else f"learners with {layer} guides"
    stage, dot, own = name.partition(".")
    if dot:
        if own == "kept":
            return "announced turns kept"
        return f"{'with turns: ' if stage == 'turns' and own in ROTA_TWICE else ''}{tier_words(own)}"
    if name.startswith("load_at_least_"):
        return f"people with a load of {int(name.rpartition('_')[2]) / 100:g} turns or more"
    return TIERS.get(name, name)


def with_repair(row: Unmatched) -> str:
    """Why somebody is left out, and what would help first."""
    return " ".join((row.sentence, *(repair.sentence for repair in row.repairs[:1])))


def with_nearest(row: IdleGuide) -> str:
    """Why a guide has places over, who is nearest, and what using the guide would lose at least."""
    if row.nearest is None:
        return row.sentence
    if row.loss is None:
        return f"{row.sentence} Nearest: {row.nearest}."
    if not row.loss:
        return f"{row.sentence} Nearest: {row.nearest}, perhaps at no loss."
    return (
        f"{row.sentence} Nearest: {row.nearest}, at a loss of at least {row.loss:,} {tier_words(row.tier)}."
    )


@cache
def _rules() -> dict[str, str]:
    from matcher.candidates.rules import RULES

    return {rule.code: rule.sentence for rule in RULES}


def rule_sentence(code: str) -> str:
    """The sentence of a rule or reason code."""
    return REASONS.get(code) or _rules().get(code) or code


@cache
def secret_rules() -> frozenset[str]:
    """Codes of the rules that only coordinators may read."""
    from matcher.candidates.rules import RULES

    return frozenset(rule.code for rule in RULES if rule.secret)


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 guide", "7 guides"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def signed(number: int) -> str:
    """ "+3", "-2", "0"."""
    return f"{number:+d}" if number else "0"


def listed(names: list[str], most: int = 3) -> str:
    """ "a, b, c and 4 more"."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
