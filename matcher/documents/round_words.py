"""What each field about rounds is for, in a line; `field_words` takes them in."""

from __future__ import annotations

_ROUND = {
    "program": "The program's id.",
    "cycle": "The cycle's id.",
    "number": "Which round of the cycle, from 1.",
    "groups": "Who met in it: groups of member ids.",
}

ROUND_WORDS: dict[str, dict[str, str]] = {
    "ProgramRounds": {
        "number": "How many rounds in the cycle; as a run asks when left out.",
        "size": "People in a group, as wished; 2: pairs.",
        "most_of_one": "People of one organization in a group at most; any number when left out.",
        "held": "So many first rounds took place; those whose week has begun when left out.",
        "pins": "What was fixed by hand.",
    },
    "RoundPin": {
        "member": "A member's id.",
        "other": "Another member's id.",
        "round": "Which round, from 1.",
        "must": "absent: no group in the round; together: share a group of it; apart: never share one.",
        "note": "Why; for coordinators.",
    },
    "RunningRound": {**_ROUND, "week_of": "The first day of its week."},
    "EndedRound": {**_ROUND, "cycles_ago": "1 is the cycle just before."},
}
"""Model -> field -> words."""
