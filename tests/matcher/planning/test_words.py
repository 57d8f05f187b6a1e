"""Codes in words: a code that two families use says what it means in each."""

from __future__ import annotations

from matcher.candidates.rota.rules import RULE as TURN_RULES
from matcher.candidates.rules import RULES
from matcher.planning.words import REASONS, TURN_REASONS, rule_sentence


def test_no_reason_hides_the_sentence_of_a_rule_on_pairs():
    assert {rule.code for rule in RULES} & REASONS.keys() == set()
    assert rule_sentence("hours").startswith("They have too little free time")


def test_reasons_of_turns_are_apart_from_what_rules_say():
    assert TURN_REASONS.keys() & (REASONS.keys() | TURN_RULES.keys()) == set()
