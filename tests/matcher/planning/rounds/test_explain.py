"""Questions about rounds: how somebody stands in them, and what an edit would cost."""

from __future__ import annotations

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.edit import Edit
from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.member import Capacities, Leave
from matcher.planning.audience import Audience
from matcher.planning.files import write_plan
from matcher.planning.rounds.edits import Clash, price_edit
from matcher.planning.rounds.explain import explain_member, take_up


@pytest.fixture(scope="module")
def asked(small, tmp_path_factory):
    """Sixteen people in five rounds of four, one of them on leave in the first; one takes no part."""
    leave = (Leave(start=small.cycle.start, end=small.cycle.start.replace(day=30).replace(month=10)),)
    members = small.people(
        17, a01={"leave": leave}, a02={"avoids": ("a03",)}, a16={"capacities": Capacities(pods=0)}
    )
    net = small.network(members)
    path = tmp_path_factory.mktemp("rounds") / "plan.json"
    write_plan(path, small.plan(net, 5, seconds=0.5))
    return take_up(path, NetworkSource.of(net))


def groups_of(asked, number):
    return asked.plan.rounds[number - 1].groups


def test_a_member_reads_whom_they_meet_and_what_is_left(asked):
    found = explain_member(asked, "a00")
    assert [one.round for one in found.rounds] == [1, 2, 3, 4, 5]
    for one, row in zip(found.rounds, asked.plan.rounds, strict=True):
        mates = next(set(group) for group in row.groups if "a00" in group) - {"a00"}
        assert {*one.first, *one.again} == mates
        assert one.group == row.keys[next(k for k, group in enumerate(row.groups) if "a00" in group)]
    firsts = [who for one in found.rounds for who in one.first]
    assert sorted(firsts) == sorted(set(found.met))
    person = next(one for one in asked.plan.people if one.member == "a00")
    assert (len(firsts), found.fresh_rounds_left) == (person.new_people, person.fresh_rounds_left)


def test_who_does_not_come_and_who_takes_no_part_read_why(asked):
    first = explain_member(asked, "a01", number=1).rounds[0]
    assert (first.state, first.group, first.first) == ("absent", None, ())
    assert "no time for a session" in first.sentences[0]
    out = explain_member(asked, "a16")
    assert (out.rounds, out.left_out[0].code) == ((), "capacity")
    with pytest.raises(UnknownIdError, match="nobody"):
        explain_member(asked, "nobody")
    with pytest.raises(UnknownIdError, match="'6'"):
        explain_member(asked, "a00", number=6)
    with pytest.raises(InputError, match="may not ask"):
        explain_member(asked, "a00", Audience("member", "a01"))


def test_an_organization_reads_names_of_its_own_only(asked):
    found = explain_member(asked, "a00", Audience("organization", "o0"))
    assert set(found.met) <= {"a04", "a08", "a12"}
    for one, whole in zip(found.rounds, explain_member(asked, "a00").rounds, strict=True):
        assert one.hidden + len(one.first) + len(one.again) == len(whole.first) + len(whole.again)
    assert sum(one.hidden for one in found.rounds) > 0


def test_joining_two_is_priced_by_the_best_change_of_places(asked):
    one, two = groups_of(asked, 2)[0][0], groups_of(asked, 2)[1][1]
    price = price_edit(asked, Edit(op="pin", member=one, other_member=two, round=2))
    assert price.effect is not None
    assert price.effect.local
    starts = {move.member for move in price.effect.moves if move.change == "starts"}
    assert starts & {one, two}
    values = {tier.tier: (tier.before, tier.after) for tier in price.effect.tiers}
    assert values["left_out"] == (0, 0)
    assert values["repeats"][1] >= values["repeats"][0]
    together = groups_of(asked, 2)[0][:2]
    same = price_edit(asked, Edit(op="pin", member=together[0], other_member=together[1], round=2))
    assert same.effect is not None
    assert same.effect.exact


def test_parting_two_and_staying_away_are_priced(asked):
    one, two = groups_of(asked, 3)[0][:2]
    apart = price_edit(asked, Edit(op="forbid", member=one, other_member=two))
    if apart.effect is not None:  # they share this one group only
        assert {move.member for move in apart.effect.moves} & {one, two}
        assert len(apart.effect.moves) == 4
    away = price_edit(asked, Edit(op="forbid", member=one, round=3)).effect
    assert away is not None
    assert [(move.member, move.change) for move in away.moves] == [(one, "ends")]
    assert {tier.tier: tier.after for tier in away.tiers}["left_out"] == 0


def test_what_cannot_hold_is_refused_by_name(asked):
    for edit, words in (
        (Edit(op="pin", member="a02", other_member="a03", round=2), "avoid list"),
        (Edit(op="pin", member="a01", other_member="a03", round=1), "does not come to round 1"),
        (Edit(op="forbid", member="a16", round=2), "takes part in no round"),
    ):
        with pytest.raises(Clash, match=words):
            price_edit(asked, edit)
    for edit in (
        Edit(op="forbid", member="nobody", round=2),
        Edit(op="forbid", member="a02", round=6),
    ):
        with pytest.raises(UnknownIdError):
            price_edit(asked, edit)
