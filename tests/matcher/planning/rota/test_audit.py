"""The audit of a rota catches whatever is changed in it, part by part."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from matcher.domain.errors import InputError
from matcher.domain.member import Leave
from matcher.domain.rota_plan import RotaPlan
from matcher.planning.rota.audit import audit_rota
from matcher.planning.rota.plan import Asked

AWAY = (Leave(start=date(2026, 10, 1), end=date(2026, 10, 18)),)


@pytest.fixture
def made(source, solved):
    """A source and its rota, in which a turn is open and a session has no time."""
    changed = {k: {"leave": AWAY} for k in (2, 8, 9, 10, 11)} | {3: {"availability": ()}}
    fields = {"changed": changed, "policy": {"quorum": 75, "least_percent": 0}}
    plan = solved(**fields)
    assert plan.open_turns
    assert plan.no_time
    return source(**fields), plan


def test_a_rota_passes_its_audit(made):
    report = audit_rota(*made)
    assert [str(one) for one in report.objections] == []
    assert report.checked
    assert report.unchecked


def first_session(plan, **changes):
    one = plan.series[0]
    sessions = (one.sessions[0].model_copy(update=changes), *one.sessions[1:])
    return (one.model_copy(update={"sessions": sessions}), *plan.series[1:])


def first_turn(plan, **changes):
    turn = plan.series[0].sessions[0].turns[0].model_copy(update=changes)
    return first_session(plan, turns=(turn,))


def first(plan, name, **changes):
    rows = getattr(plan, name)
    return (rows[0].model_copy(update=changes), *rows[1:])


def tampered(plan: RotaPlan):
    """What was changed, and the changed plan, for each part of it."""

    def with_(**changes):
        return plan.model_copy(update=changes)

    session, tier = plan.series[0].sessions[0], plan.tiers[0]
    later = timedelta(hours=1)
    yield "time", with_(series=first_session(plan, start=session.start + later, end=session.end + later))
    yield "off the grid", with_(series=first_session(plan, start=session.start + timedelta(minutes=7)))
    yield "length", with_(series=first_session(plan, end=session.end + later))
    yield "week", with_(series=first_session(plan, index=3))
    yield "attending", with_(series=first_session(plan, attending=session.attending[1:]))
    yield "absent", with_(series=first_session(plan, absent=()))
    yield "fixed", with_(series=first_session(plan, fixed=True))
    yield "other person", with_(series=first_turn(plan, member="m0"))
    yield "nobody", with_(series=first_turn(plan, member=None))
    yield "stranger", with_(series=first_turn(plan, member="nobody"))
    yield "burden", with_(series=first_turn(plan, burden=7))
    yield "why", with_(series=first_turn(plan, why=("Because.",)))
    yield "pinned", with_(series=first_turn(plan, pinned=True))
    yield "overrides", with_(series=first_turn(plan, overrides=("training",)))
    yield "series gone", with_(series=plan.series[1:])
    yield "members", with_(series=first(plan, "series", members=plan.series[0].members[1:]))
    yield "slots", with_(series=first(plan, "series", slots={"Mon 09:00": 4}))
    yield "title", with_(series=first(plan, "series", title="Fire"))
    yield "quorum", with_(series=first(plan, "series", quorum=1))
    yield "tier", with_(tiers=(tier.model_copy(update={"value": 0, "bound": 0}), *plan.tiers[1:]))
    yield "bound", with_(tiers=(tier.model_copy(update={"bound": tier.value + 1}), *plan.tiers[1:]))
    last = plan.tiers[-1].model_copy(update={"condition": None})
    yield "condition", with_(tiers=(*plan.tiers[:-1], last))
    yield "no time", with_(no_time=())
    yield "no time, reason", with_(no_time=first(plan, "no_time", reason="stable"))
    yield "no time, rules", with_(no_time=first(plan, "no_time", rules={"quorum": 1}))
    yield "open", with_(open_turns=())
    yield "open, reason", with_(open_turns=first(plan, "open_turns", reason="busy"))
    yield "open, sentence", with_(open_turns=first(plan, "open_turns", sentence="Nobody wants it."))
    yield "people", with_(people=plan.people[1:])
    for field in ("sessions", "carried", "credited", "load", "burden", "turn_burden", "carried_burden"):
        yield f"people, {field}", with_(people=first(plan, "people", **{field: 77}))
    yield "people, turns", with_(people=first(plan, "people", turns={"lead": 9}))
    yield "people, promoted_to", with_(people=first(plan, "people", promoted_to="co"))
    yield "organizations", with_(organizations=first(plan, "organizations", turns=99))
    yield "shares", with_(organizations=first(plan, "organizations", share=99))
    yield "changes", with_(changes=plan.changes.model_copy(update={"kept_turns": 3}))
    yield "mode", with_(mode="rotating")
    yield "modes", with_(modes=plan.modes[1:])
    yield "policy", with_(policy=plan.policy.model_copy(update={"version": 2}))
    yield "cycle", with_(cycle="spring")
    yield "seed", with_(seed=plan.seed + 1)
    yield "network", with_(network=plan.network.model_copy(update={"sha256": "0" * 64}))
    yield "hash", with_(effort=plan.effort.model_copy(update={"input_hash": "0"}))
    yield "sentence", with_(sentence="All is best.")


def test_whatever_is_changed_is_found(made):
    source, plan = made
    unseen = [what for what, changed in tampered(plan) if audit_rota(source, changed).clean]
    assert unseen == []


def test_an_audit_tells_bounds_that_it_counted_from_those_that_rest_on_search(made):
    """Each group at its best slot is all that counting needs for sessions held and people at them."""
    source, plan = made
    report = audit_rota(source, plan)
    told = dict(report.checked)["bounds"]
    (rest,) = [one for one in report.unchecked if "rest on the search" in one]
    searched = [tier.name for tier in plan.tiers if tier.name in rest]
    assert told.startswith(f"{len(plan.tiers) - len(searched)} of {len(plan.tiers)} ")
    assert {"times.unscheduled", "times.attendance"}.isdisjoint(searched)


def test_a_rota_is_audited_with_what_it_was_made_from(made, session):
    source, plan = made
    with pytest.raises(InputError, match="--sessions"):
        audit_rota(source, plan, Asked(commitments=(session(),)))
    with pytest.raises(InputError, match="--previous"):
        audit_rota(source, plan, Asked(before=plan))
