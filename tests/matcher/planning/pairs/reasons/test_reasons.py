"""Every learner left over and every idle place has a reason, made of rule codes and counts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from matcher.domain.member import Capacities
from matcher.domain.plan import Unmatched
from matcher.domain.skill import Offer, Seek


def only(rows: tuple[Unmatched, ...], who: str) -> Unmatched:
    return next(row for row in rows if row.learner == who)


def test_no_eligible_guide_counts_what_each_rule_takes_away(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a", languages=("fr",)),
        small.guide("gus", "b"),
        small.guide("gia", "c"),
        small.guide("gil", "a"),
    )
    row = only(small.plan(net).unmatched, "ann")
    assert row.reason == "no_eligible_guide"
    assert (row.wanted, row.got, row.eligible) == (1, 0, 0)
    assert row.rules == {"language": 3, "own_organization": 1}
    assert row.alone == {"language": 2}
    assert "Without the rule language alone, 2 guides would remain" in row.sentence
    assert not row.secret


def test_secret_rules_are_kept_from_the_public_sentence(small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a"), small.guide("gus", "b", avoids=("ann",)))
    row = only(small.plan(net).unmatched, "ann")
    assert row.secret
    assert "avoid" in row.sentence
    assert "avoid" not in row.public_sentence
    assert "private rule" in row.public_sentence


def test_full_guides_are_named(small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a"), small.learner("bob", "a"), small.guide("gus", "b"))
    result = small.plan(net)
    assert len(result.pairs) == 1
    row = result.unmatched[0]
    assert (row.reason, row.eligible) == ("guides_full", 1)
    assert "gus" in row.sentence
    assert "gus" not in row.public_sentence


def test_a_further_guide_that_does_not_exist(small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a", wants=2), small.guide("gus", "b"))
    row = only(small.plan(net).unmatched, "ann")
    assert (row.reason, row.wanted, row.got) == ("no_further_guide", 2, 1)


def test_the_limit_of_an_organization_is_named(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "a"),
        small.guide("gus", "b", places=2),
        give_and_take={"slack": 1},
    )
    result = small.plan(net)
    assert len(result.pairs) == 1
    assert result.unmatched[0].reason == "organization_limit"
    assert "a has received all that give and take lets it" in result.unmatched[0].sentence
    assert result.idle_guides[0].reason == "organization_limit"
    assert result.balance_cost is not None
    assert (result.balance_cost.places, result.balance_cost.how_known[:5]) == (1, "exact")


def test_balance_that_binds_nowhere_costs_nothing_without_a_second_solve(small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a"), small.guide("gus", "b"), give_and_take={"slack": 3})
    cost = small.plan(net).balance_cost
    assert (cost.places, cost.points) == (0, 0)
    assert "no limit" in cost.how_known


@pytest.mark.parametrize(
    ("scope", "name", "side"),
    [("organization", "a", "received"), ("organization", "b", "given"), ("unit", "a/sales", "received")],
)
def test_quotas_are_named(small: SimpleNamespace, scope: str, name: str, side: str) -> None:
    net = small.network(
        small.learner("ann", "a", unit="sales"),
        small.learner("bob", "a", unit="sales"),
        small.guide("gus", "b", places=2),
        quotas=({"scope": scope, "id": name, "side": side, "most": 1},),
    )
    result = small.plan(net)
    assert len(result.pairs) == 1
    assert result.unmatched[0].reason == "quota"
    assert f"{scope} {name} {side} (at most 1)" in result.unmatched[0].sentence


def test_a_quota_on_a_group(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "b"),
        small.guide("gus", "c", places=2),
        groups={"a": "holding", "b": "holding"},
        quotas=({"scope": "group", "id": "holding", "side": "received", "most": 1},),
    )
    result = small.plan(net)
    assert len(result.pairs) == 1
    assert result.unmatched[0].reason == "quota"


def both_roles(small: SimpleNamespace, hours: int):  # type: ignore[no-untyped-def]
    """Mia learns law and teaches Python; each pair takes 2 hours."""
    mia = small.learner(
        "mia",
        "m",
        seniority=5,
        seeks=(Seek(skill="law", priority=3, level=3),),
        offers=(Offer(skill="python", level=4),),
        capacities=Capacities(guides_wanted=1, learners=1),
        hours_per_month=hours,
    )
    return small.network(
        mia,
        small.learner("ann", "a"),
        small.guide("gus", "b", seniority=8, offers=(Offer(skill="law", level=5),)),
    )


def test_the_hours_of_a_person_in_both_roles(small: SimpleNamespace) -> None:
    assert len(small.plan(both_roles(small, 4)).pairs) == 2
    result = small.plan(both_roles(small, 3))
    assert len(result.pairs) == 1
    assert result.unmatched[0].reason == "hours_budget"


def test_two_people_who_would_guide_each_other(small: SimpleNamespace) -> None:
    def person(name: str, organization: str, sought: str, offered: str):  # type: ignore[no-untyped-def]
        return small.learner(
            name,
            organization,
            seeks=(Seek(skill=sought, priority=3, level=3),),
            offers=(Offer(skill=offered, level=4),),
            capacities=Capacities(guides_wanted=1, learners=1),
            hours_per_month=20,
        )

    people = person("ann", "a", "python", "law"), person("bob", "b", "law", "python")
    gap = {"mentoring": {"least": 0, "most": 6, "ideal": 0}}
    assert len(small.plan(small.network(*people, seniority_gap=gap, both_ways=True)).pairs) == 2
    result = small.plan(small.network(*people, seniority_gap=gap, both_ways=False))
    assert len(result.pairs) == 1
    assert result.unmatched[0].reason == "both_ways"


def test_a_guide_who_takes_nobody_rather_than_too_few(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"), small.guide("gus", "b", places=3, least=2), minimum_load="all_or_nothing"
    )
    result = small.plan(net)
    assert not result.pairs
    assert result.unmatched[0].reason == "minimum_load"
    assert result.idle_guides[0].reason == "minimum_load"


def test_stable_says_that_others_ranked_higher(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "c"),
        small.guide("gus", "b", prefers=("bob",)),
        order="stable",
    )
    result = small.plan(net)
    assert small.pairs_of(result) == {("bob", "gus")}
    assert result.blocking_pairs == 0
    assert result.unmatched[0].reason == "guides_full"


def test_idle_guides_without_and_with_eligible_learners(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.guide("gus", "b"),
        small.guide("gia", "c"),
        small.guide("far", "d", languages=("fi",)),
    )
    result = small.plan(net)
    idle = {row.guide: row for row in result.idle_guides}
    assert idle["far"].reason == "no_eligible_learner"
    assert idle["far"].alone == {"language": 1}
    (other,) = set(idle) - {"far"}
    assert (idle[other].reason, idle[other].eligible) == ("learners_placed", 1)


def test_members_kept_out_by_a_rule_about_themselves_are_listed(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a", status="left"), small.learner("bob", "a", wants=0), small.guide("gus", "b")
    )
    rows = {(row.member, row.role): row.rule for row in small.plan(net).left_out}
    assert rows == {("ann", "learner"): "left", ("bob", "learner"): "capacity"}


def test_a_large_network_gets_a_bound_on_the_price_of_give_and_take(
    small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matcher.planning.pairs import solving

    monkeypatch.setattr(solving, "EXACT_PEOPLE", 0)
    people = both_roles(small, 3).members
    net = small.network(*people, give_and_take={"slack": 0})
    cost = small.plan(net).balance_cost
    assert cost.how_known.startswith("at most")
    assert cost.places == 2
    monkeypatch.setattr(solving, "COST_PEOPLE", 0)
    assert small.plan(net).balance_cost.places is None


def test_people_beyond_the_budget_are_told_less_but_still_a_reason(
    small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matcher.planning.pairs.reasons import reasons

    monkeypatch.setattr(reasons, "CHECKS", 0)
    net = small.network(
        small.learner("ann", "a"),
        small.learner("bob", "a"),
        small.learner("far", "c", languages=("fi",)),
        small.guide("gus", "b", places=2),
        give_and_take={"slack": 1},
    )
    rows = {row.learner: row for row in small.plan(net).unmatched}
    assert rows.pop("far").reason == "not_counted"
    (other,) = rows.values()
    assert (other.reason, other.eligible) == ("organization_limit", None)
    assert "Guides with free places could meet them" in other.sentence
