"""The checker finds each kind of fault; texts say what they may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matcher.candidates.context import SkillList
from matcher.domain.policy import Kind
from matcher.domain.session import Schedule, State
from matcher.domain.skill import RelatedSkill, Skill
from matcher.planning.sessions.agenda import NO_REASONS, agenda, pair_text, why_matched
from matcher.planning.sessions.check import check_schedule
from matcher.texts.sessions import View, description

HALF = timedelta(minutes=30)


@pytest.fixture
def case(member, program, schedule):
    """Two pairs of one guide who is free from 9 to 12 on Mondays and Tuesdays, and their schedule."""
    leave = [{"start": "2026-03-16", "end": "2026-03-17"}]
    busy = [{"start": "2026-03-23T08:10Z", "end": "2026-03-23T08:20Z"}]
    people = [
        member("g", hours="9-12", days=[1, 2]),
        member("l", hours="0-24", days=range(1, 8), leave=leave),
        member("k", hours="0-24", days=range(1, 8), busy=busy),
    ]
    pairs = [("l", "g"), ("k", "g")]
    made = schedule(pairs, people, program())
    return made, pairs, {person.id: person for person in people}, program()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("learner", "index", "start", "word"),
    [
        ("l", 0, "2026-03-02T08:10", "off the half-hour grid"),
        ("l", 0, "2026-03-09T08:00", "is in week 1"),
        ("l", 0, "2026-03-02T10:30", "g has not offered the time"),
        ("l", 2, "2026-03-16T08:00", "l is on leave"),
        ("k", 3, "2026-03-23T08:00", "k is busy"),
        ("l", 0, "2026-03-02T03:00", "l sleeps"),
        ("l", 0, "2026-02-23T08:00", "outside the cycle"),
    ],
)
def test_a_wrong_time_is_found(case, learner, index, start, word):
    made, pairs, members, program = case
    sessions = list(made.sessions)
    for position, session in enumerate(sessions):
        if (session.key[0], session.index) == (learner, min(index, 3)):
            begin = at(start)
            sessions[position] = session.model_copy(update={"start": begin, "end": begin + 2 * HALF})
            break
    else:
        session = next(s for s in sessions if s.key[0] == learner)
        changes = {"start": at(start), "end": at(start) + 2 * HALF, "index": index, "uid": "new@x"}
        sessions.append(session.model_copy(update=changes))
    faults = check_schedule(made.model_copy(update={"sessions": tuple(sessions)}), pairs, members, program)
    assert any(word in str(fault) for fault in faults), faults


def test_wrong_lengths_overlaps_uids_and_gaps_are_found(case):
    made, pairs, members, program = case

    def words(sessions, unscheduled=made.unscheduled, **options):
        changed = Schedule(sessions=tuple(sessions), unscheduled=unscheduled)
        return " ".join(map(str, check_schedule(changed, pairs, members, program, **options)))

    first, *rest = made.sessions
    assert words(made.sessions) == ""
    assert "lasts 0:30:00" in words([first.model_copy(update={"end": first.start + HALF}), *rest])
    assert "also the UID" in words([first, first.model_copy(update={"index": 3}), *rest])
    assert "occurs twice" in words([first, first.model_copy(update={"uid": "other@x"}), *rest])
    assert "neither scheduled nor given a reason" in words(rest)
    assert "neither scheduled" in words([first.model_copy(update={"state": State.CANCELLED}), *rest])
    assert "neither scheduled" in words(made.sessions, unscheduled=())
    stranger = first.model_copy(update={"key": ("g", "k"), "uid": "other@x"})
    assert "is not in this plan" in words([*made.sessions, stranger])
    same_time = next(s for s in rest if s.key[0] != first.key[0] and s.index == first.index)
    moved = same_time.model_copy(update={"start": first.start + HALF, "end": first.end + HALF})
    assert "g would be in" in words([moved if s is same_time else s for s in made.sessions])
    elsewhere = first.model_copy(update={"uid": "other@x", "program": "other"})
    assert "would be in" in words(made.sessions, commitments=[elsewhere])


@pytest.mark.parametrize("minutes", [15, 30, 45, 60, 90, 480])
@pytest.mark.parametrize(("index", "count"), [(0, 1), (0, 6), (2, 6), (5, 6)])
def test_time_boxes_fill_the_session(minutes, index, count):
    parts = agenda(index, count, minutes)
    assert sum(length for length, _ in parts) == minutes
    assert all(length >= 1 for length, _ in parts)


def test_first_and_last_sessions_have_agendas_of_their_own():
    texts = [tuple(text for _, text in agenda(index, 6, 60)) for index in range(6)]
    assert len(set(texts)) == 3
    assert texts[1] == texts[4]


SKILLS = SkillList(
    [
        Skill(id="k8s", name="Kubernetes", synonyms=("kube",)),
        Skill(id="go", name="Go", related=(RelatedSkill(skill="kube"),)),
        Skill(id="law", name="Law"),
    ]
)


def english(learner, guide, index, why):
    """The description of a session of six, as the console shows it."""
    return description(pair_text(Kind.MENTORING, learner, guide, index, 6, 60, why), View())


def test_why_two_people_were_matched_in_words_both_may_read(member):
    learner = member(
        "l",
        seeks=[{"skill": "go", "priority": 2}, {"skill": "kube", "priority": 5}],
        goals=["Lead a team"],
        prefers=["g"],
    )
    guide = member(
        "g", offers=[{"skill": "k8s", "level": 4}, {"skill": "go", "level": 3}], goals=["lead a  TEAM"]
    )
    described = english(learner, guide, 0, why_matched(learner, guide, SKILLS))
    text = described.partition("Why you were matched\n")[2]
    assert "Name g offers what Name l seeks: Kubernetes (level 4 of 5) and Go (level 3 of 5)." in text
    assert "Goals in common: Lead a team." in text
    assert len(text.splitlines()) == 2  # nothing of the wish
    assert "Session 1 of 6" in described
    assert "0:00 Opening: who we are" in described


def test_a_related_skill_is_told_where_the_sought_one_is_not_offered(member):
    learner = member("l", seeks=[{"skill": "k8s"}, {"skill": "law"}])
    guide = member("g", offers=[{"skill": "go", "level": 2}])
    assert "Name g offers what Name l seeks: Go (level 2 of 5, which helps with Kubernetes)." in english(
        learner, guide, 0, why_matched(learner, guide, SKILLS)
    )
    assert why_matched(learner, member("h"), SKILLS) == NO_REASONS


def test_what_a_profile_hides_stays_hidden(member):
    seeks = [{"skill": "go"}]
    learner = member("l", seeks=seeks, visibility={"seeks": "organization", "name": "coordinators"})
    guide = member("g", offers=[{"skill": "go"}], visibility={"offers": "network"})
    assert why_matched(learner, guide, SKILLS) == NO_REASONS
    described = english(learner, guide, 1, NO_REASONS)
    assert "Why" not in described
    assert "Name l" not in described
    assert "a member of of-l" in described
