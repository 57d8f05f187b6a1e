"""Explanations in words: exact costs, cuts, repairs, prices; and what each reader may see."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from matcher.documents.read import open_network
from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.member import WeeklySpan
from matcher.domain.skill import Offer
from matcher.planning.audience import Audience
from matcher.planning.files import write_plan
from matcher.planning.pairs.explain.asked import Asked, take_up
from matcher.planning.pairs.explain.explain import explain_member, explain_pair
from matcher.planning.pairs.plan import plan_pairs
from matcher.planning.words import with_nearest
from solvers.limits import Limits


@pytest.fixture
def asked(tmp_path: Path, small: SimpleNamespace) -> Any:
    """Solves a network on disk, and takes the result up again."""

    def make(net: Any) -> Asked:
        path = tmp_path / "net.json"
        path.write_text(net.model_dump_json())
        write_plan(tmp_path / "out.json", plan_pairs(open_network(path), limits=Limits(seconds=30)))
        return take_up(tmp_path / "out.json")

    return make


def crowded(small: SimpleNamespace, **more: Any) -> Any:
    """Three learners for one guide with a free place, and one guide whom a rule keeps away."""
    return small.network(
        small.learner("ann", "a", goals=("lead",)),
        small.learner("ben", "a"),
        small.learner("cat", "a"),
        small.guide("gus", "b", goals=("lead",)),
        small.guide("far", "c", languages=("fr",), **more),
    )


def test_a_pair_says_its_points_and_what_it_is_worth(asked: Any, small: SimpleNamespace) -> None:
    found = explain_pair(asked(crowded(small)), "ann", "gus")
    assert found.together
    assert found.eligible
    assert found.points == sum(found.parts.values())
    assert found.effect is not None
    assert found.effect.exact
    points = next(tier for tier in found.effect.tiers if tier.tier == "points")
    assert points.gain is not None
    assert points.gain < 0
    assert {(move.learner, move.change) for move in found.effect.moves} >= {("ann", "ends")}


def test_a_pair_that_is_not_one_says_what_forcing_it_costs(asked: Any, small: SimpleNamespace) -> None:
    taken = asked(crowded(small))
    found = explain_pair(taken, "ben", "gus")
    assert not found.together
    assert found.eligible
    assert found.effect is not None
    assert [(move.learner, move.guide, move.change) for move in found.effect.moves] == [
        ("ann", "gus", "ends"),
        ("ben", "gus", "starts"),
    ]
    loss = next(tier.gain for tier in found.effect.tiers if tier.tier == "points")
    ann, ben = explain_pair(taken, "ann", "gus"), found
    assert loss == (ben.points or 0) - (ann.points or 0)
    assert any("Forcing this pair" in sentence for sentence in found.sentences)


def test_a_pair_that_may_not_meet_lists_the_rules_with_numbers(asked: Any, small: SimpleNamespace) -> None:
    found = explain_pair(asked(crowded(small)), "ben", "far")
    assert [rule.code for rule in found.rules] == ["language"]
    assert found.rules[0].overridable
    assert "en against fr" in found.rules[0].sentence
    assert found.effect is not None
    assert next(tier.gain for tier in found.effect.tiers if tier.tier == "places_1") == 1


def test_a_pair_that_nobody_may_override_has_no_price(asked: Any, small: SimpleNamespace) -> None:
    net = small.network(small.learner("ann", "a"), small.guide("gus", "a"), small.guide("gia", "b"))
    found = explain_pair(asked(net), "ann", "gus")
    assert found.effect is None
    assert "Nobody may override own_organization." in found.sentences


def test_a_learner_left_out_reads_cut_and_repairs(asked: Any, small: SimpleNamespace) -> None:
    taken = asked(crowded(small))
    left = next(row.learner for row in taken.plan.unmatched)
    role = explain_member(taken, left).roles[0]
    assert role.cut is not None
    assert set(role.cut.learners) == {"ann", "ben", "cat"}
    assert role.cut.guides == ("gus",)
    assert (role.cut.places, len(role.cut.learners)) == (1, 3)
    assert role.repairs[0].kind == "rule:language"
    assert role.repairs[0].target == "far"


def test_every_repair_of_a_plan_helps_when_it_is_made(small: SimpleNamespace) -> None:
    net = small.network(
        *(small.learner(name, "a") for name in ("ann", "ben", "cat")),
        small.guide("gus", "b", places=1),
        small.guide("gia", "c", places=2, languages=("fr",)),
    )
    before = small.plan(net, repaired=5)
    repaired = [row for row in before.unmatched if row.repairs]
    assert repaired
    certain = 0
    for row in repaired:
        for repair in row.repairs:
            members = list(net.members)
            for k, member in enumerate(members):
                if repair.kind == "place" and member.id == repair.target:
                    more = member.capacities.model_copy(update={"learners": member.capacities.learners + 1})
                    members[k] = member.model_copy(update={"capacities": more})
            program = net.programs[0]
            if repair.kind.startswith("rule:"):
                pin = type(program).model_validate(
                    program.model_dump()
                    | {"pins": [{"learner": row.learner, "guide": repair.target, "must": "pair"}]}
                )
                program = pin
            after = small.plan(net.model_copy(update={"members": tuple(members), "programs": (program,)}))
            assert len(after.pairs) == len(before.pairs) + (repair.gain or 0)
            assert repair.gain == 1
            if "drawn by lot" not in repair.sentence:
                assert row.learner not in {one.learner for one in after.unmatched}
                certain += 1
    assert certain > 1


def test_a_place_goes_to_one_of_equals_by_lot_and_says_so(small: SimpleNamespace) -> None:
    net = small.network(
        *(small.learner(name, "a") for name in ("ann", "ben", "cat")), small.guide("gus", "b")
    )
    for row in small.plan(net, repaired=5).unmatched:
        assert [repair.kind for repair in row.repairs] == ["place"]
        assert "drawn by lot" in row.repairs[0].sentence
    for row in small.plan(net).unmatched:
        assert [(repair.kind, repair.target, repair.gain) for repair in row.repairs] == [("place", "gus", 1)]
        assert "One more place with gus, kept for them, would give them gus" in row.repairs[0].sentence
    net = small.network(
        small.learner("ann", "a"),
        small.learner("ben", "a", waited_cycles=2),
        small.learner("cat", "a"),
        small.guide("gus", "b"),
    )
    told = {row.learner: row.repairs for row in small.plan(net).unmatched}
    assert "ben" not in told


def test_slack_is_offered_where_give_and_take_blocks(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.learner("ben", "a"),
        small.guide("gus", "b"),
        small.guide("gia", "c"),
        give_and_take={"slack": 1},
    )
    for repaired in (0, 1):
        plan = small.plan(net, repaired=repaired)
        row = plan.unmatched[0]
        assert row.cut is not None
        assert any("a has received more than it gave" in limit for limit in plan.cuts[row.cut].limits)
        assert [(repair.kind, repair.target) for repair in row.repairs] == [("slack", "a")]


@pytest.mark.parametrize(
    ("more", "code", "numbers"),
    [
        (
            {"availability": (WeeklySpan(day=1, start=time(9), end=time(9, 30)),)},
            "hours",
            "4 h a month are needed",
        ),
        ({"seniority": 1}, "seniority", "seniority 1 against 3"),
        ({"offers": (Offer(skill="python", level=2),)}, "skill", "python 2 where python 3 is sought"),
        ({"languages": ("fr",)}, "language", "No common language: en against fr."),
    ],
)
def test_a_repair_that_sets_a_rule_aside_says_the_numbers(
    asked: Any, small: SimpleNamespace, more: dict[str, Any], code: str, numbers: str
) -> None:
    taken = asked(small.network(small.learner("ann", "a"), small.guide("gus", "b", **more)))
    (row,) = taken.plan.unmatched
    for repairs in (row.repairs, explain_member(taken, "ann").roles[0].repairs):
        assert [(repair.kind, repair.target) for repair in repairs] == [(f"rule:{code}", "gus")]
        assert numbers in repairs[0].sentence


def test_a_rule_is_set_aside_only_where_that_spares_a_step(small: SimpleNamespace) -> None:
    people = [small.learner("ann", "a"), small.learner("ben", "a"), small.guide("gus", "b")]
    full = small.plan(small.network(*people, small.guide("far", "c", places=0, languages=("fr",))))
    assert [repair.kind for repair in full.unmatched[0].repairs] == ["place"]
    free = small.plan(small.network(*people, small.guide("far", "c", languages=("fr",))))
    assert [repair.kind for repair in free.unmatched[0].repairs] == ["rule:language", "place"]


def test_a_guide_with_places_over_reads_what_using_them_loses_at_least(small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a", goals=("lead",)),
        small.guide("gus", "b", places=2, goals=("lead",)),
        small.guide("gia", "c"),
    )
    plan = small.plan(net)
    row = next(row for row in plan.idle_guides if row.guide == "gia")
    points = {pair.guide: pair.points for pair in plan.pairs}
    other = small.plan(net.model_copy(update={"members": tuple(m for m in net.members if m.id != "gus")}))
    assert (row.guide, row.nearest, row.tier) == ("gia", "ann", "points")
    assert row.loss == points["gus"] - other.pairs[0].points
    assert f"Nearest: ann, at a loss of at least {row.loss} points." in with_nearest(row)


def test_in_large_networks_questions_are_answered_without_solving(
    asked: Any, small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = asked(crowded(small))
    left = taken.plan.unmatched[0].learner
    all_told = explain_member(taken, left).roles[0]
    monkeypatch.setattr("matcher.planning.pairs.explain.asked.LARGE", 2)
    told = explain_member(taken, left).roles[0]
    assert told.cut == all_told.cut
    assert told.repairs == taken.plan.unmatched[0].repairs
    assert taken.limits(None) is None
    assert taken.limits(5.0).seconds == 5.0


def test_the_scarce_skill_has_a_price(small: SimpleNamespace) -> None:
    row = small.plan(crowded(small)).skill_prices[0]
    assert (row.skill, row.tier, row.price, row.bound, row.exact) == ("python", "places_1", 1, 1, True)


def test_a_guide_with_places_over_reads_who_is_nearest(asked: Any, small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a", goals=("lead",)),
        small.guide("gus", "b", goals=("lead",)),
        small.guide("gia", "c"),
    )
    role = next(role for role in explain_member(asked(net), "gia").roles if role.role == "guide")
    assert role.reason == "learners_placed"
    assert [one.learner for one in role.nearest] == ["ann"]
    assert role.nearest[0].effect is not None
    assert next(tier.gain for tier in role.nearest[0].effect.tiers if tier.tier == "points") < 0  # type: ignore[operator]


def test_a_full_guide_reads_what_one_more_place_would_bring(asked: Any, small: SimpleNamespace) -> None:
    role = explain_member(asked(crowded(small)), "gus").roles[0]
    assert role.place_gain is not None
    assert next(tier.gain for tier in role.place_gain.tiers if tier.tier == "places_1") == 1


def test_secrets_are_for_coordinators_only(asked: Any, small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.guide("gus", "b", avoids=("ann",)),
        small.guide("gia", "b"),
        pins=[("ann", "gia", "not_pair")],
    )
    taken = asked(net)
    for guide, code in (("gus", "avoid"), ("gia", "forbidden")):
        assert [rule.code for rule in explain_pair(taken, "ann", guide).rules] == [code]
        for reader in ("member:ann", "organization:a", f"member:{guide}"):
            found = explain_pair(taken, "ann", guide, Audience.of(reader))
            assert [rule.code for rule in found.rules] == ["private"]
            told = found.model_dump_json()
            assert "avoid" not in told
            assert "forb" not in told
            assert "private rule" in told
    member = explain_member(taken, "ann", Audience.of("member:ann")).model_dump_json()
    assert "avoid" not in member
    assert "forb" not in member


def test_pulses_and_wishes_are_not_told_nor_to_be_worked_out(asked: Any, small: SimpleNamespace) -> None:
    net = small.network(
        small.learner("ann", "a"),
        small.guide("gus", "b", prefers=("ann",)),
    )
    taken = asked(net)
    whole = explain_pair(taken, "ann", "gus")
    assert {"wishes", "pulse"} <= set(whole.parts)
    found = explain_pair(taken, "ann", "gus", Audience.of("member:ann"))
    assert not {"wishes", "pulse"} & set(found.parts)
    assert found.points is None
    assert str(whole.points) not in found.model_dump_json()
    assert found.effect is not None
    assert found.effect.tiers == ()


def test_people_of_other_organizations_are_counted_not_named(asked: Any, small: SimpleNamespace) -> None:
    taken = asked(crowded(small))
    loser = next(row.learner for row in taken.plan.unmatched)
    found = explain_pair(taken, loser, "gus", Audience.of(f"member:{loser}"))
    told = found.model_dump_json()
    assert not {"ann", "ben", "cat"} - {loser} & {
        name for name in ("ann", "ben", "cat") if f'"{name}"' in told
    }
    assert found.effect is not None
    assert found.effect.hidden_moves > 0
    cut = explain_member(taken, loser, Audience.of(f"member:{loser}")).roles[0].cut
    assert cut is not None
    assert cut.learners == (loser,)
    assert cut.guides == ()
    assert explain_member(taken, loser, Audience.of(f"member:{loser}")).roles[0].repairs == ()


def test_readers_ask_about_their_own_only(asked: Any, small: SimpleNamespace) -> None:
    taken = asked(crowded(small))
    for reader in ("member:ann", "organization:c"):
        with pytest.raises(InputError, match="only"):
            explain_pair(taken, "ben", "gus", Audience.of(reader))
    with pytest.raises(InputError, match="no audience"):
        Audience.of("everybody")


def test_strangers_and_people_without_the_role_are_told_apart(asked: Any, small: SimpleNamespace) -> None:
    taken = asked(crowded(small))
    assert "does not take part as a guide" in explain_pair(taken, "ann", "ben").sentences[0]
    with pytest.raises(UnknownIdError):
        explain_pair(taken, "ann", "nobody")
    with pytest.raises(UnknownIdError):
        explain_member(taken, "nobody")


def test_a_document_that_changed_since_is_refused(tmp_path: Path, asked: Any, small: SimpleNamespace) -> None:
    asked(crowded(small))
    path = tmp_path / "net.json"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(InputError, match="changed since"):
        take_up(tmp_path / "out.json")


def test_a_document_that_moved_is_found_beside_the_result_or_by_option(
    tmp_path: Path, asked: Any, small: SimpleNamespace
) -> None:
    asked(crowded(small))
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in ("net.json", "out.json"):
        (tmp_path / name).rename(other / name)
    assert take_up(other / "out.json").plan.pairs
    (other / "net.json").rename(tmp_path / "renamed.json")
    with pytest.raises(InputError, match="give the document with --document"):
        take_up(other / "out.json")
    assert take_up(other / "out.json", tmp_path / "renamed.json").plan.pairs
