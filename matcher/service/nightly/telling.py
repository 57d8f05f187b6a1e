"""A night's report in people's words: as text, and as a page that loads nothing."""

from __future__ import annotations

import html
from collections.abc import Iterator

from matcher.domain.night import Night, NightChange, NightState, NightStep, Outcome
from matcher.planning.words import counted

MOST_LINES = 40
"""Changes told of one step; the document holds more of them."""

HEADLINES = {
    NightState.RUNNING: "at work",
    NightState.DONE: "all well",
    NightState.HELD: "something waits for you",
    NightState.FAILED: "something went wrong",
}


def headline(night: Night) -> str:
    """One line on a night: program, date and how it went."""
    rehearsal = " (rehearsal)" if night.rehearsal else ""
    return f"{night.program}, night of {night.date.isoformat()}{rehearsal}: {HEADLINES[night.state]}"


def text_report(night: Night) -> str:
    """A night as plain text, for mails and terminals."""
    return "\n".join([headline(night), "", night.sentence, *_intake(night), *_steps(night)]).rstrip() + "\n"


def _intake(night: Night) -> Iterator[str]:
    taken = night.intake
    yield ""
    joined = ""
    if taken.active_before is not None:
        joined = f" ({taken.active - taken.active_before:+d} since the night before)"
    left = f"{taken.left} of {taken.taking_part} who take part left"
    yield f"{counted(taken.active, 'active member')}{joined}; {left}."
    yield (
        f"{counted(taken.overdue, 'question')} ended without an answer; "
        f"{counted(taken.calendars_read, 'calendar')} read, {taken.calendars_failed} with a problem."
    )
    for line in night.guards:
        if not line.passed:
            yield f"Guard {line.guard.value}: {line.sentence}"


def _steps(night: Night) -> Iterator[str]:
    for step in night.steps:
        yield ""
        yield f"{step.name[:1].upper()}{step.name[1:]}: {step.outcome.value}. {step.sentence}"
        yield from _about(step)


def _about(step: NightStep) -> Iterator[str]:
    if step.outcome in (Outcome.UNCHANGED, Outcome.FAILED, Outcome.SKIPPED):
        return
    if step.counts:
        told = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in step.counts.items())
        yield f"  Changes: {told}. {fewest_words(step)}"
    for line in step.guards:
        if not line.passed:
            yield f"  Guard {line.guard.value}: {line.sentence}"
    for change in step.changes[:MOST_LINES]:
        yield f"  - {change_words(change)}"
    rest = sum(step.counts.values()) - min(len(step.changes), MOST_LINES)
    if rest > 0:
        yield f"  - and {rest} more"


def fewest_words(step: NightStep) -> str:
    """Whether less could have changed."""
    if step.fewest is None:
        return "Nothing ran before." if step.before is None else "Whether less could change was not asked."
    if step.fewest:
        return "Provably no answer as good changes less."
    return "It is not proven that less could not change."


def change_words(change: NightChange) -> str:
    """One change, with the names of those concerned."""
    people = " and ".join(change.people) if len(change.people) < 3 else ", ".join(change.people)
    return f"{people}: {change.change.replace('_', ' ')}. {change.sentence}" if people else change.sentence


def html_report(night: Night) -> str:
    """The body of a page about a night; all that people wrote is escaped."""
    parts = [f"<p>{html.escape(night.sentence)}</p>"]
    parts += [f"<p>{html.escape(line)}</p>" for line in _intake(night) if line]
    for step in night.steps:
        parts.append(f"<h2>{html.escape(step.name.capitalize())}: {step.outcome.value}</h2>")
        parts.append(f"<p>{html.escape(step.sentence)}</p>")
        if step.counts:
            parts.append(f"<p>{html.escape(fewest_words(step))}</p>")
        rows = "".join(
            f"<tr><td>{html.escape(', '.join(one.people))}</td><td>{html.escape(one.change)}</td>"
            f"<td>{html.escape(one.sentence)}</td></tr>"
            for one in step.changes[:MOST_LINES]
        )
        if rows:
            parts.append(f"<table><tr><th>Who</th><th>What</th><th>Why</th></tr>{rows}</table>")
        failed = "".join(f"<li>{html.escape(line.sentence)}</li>" for line in step.guards if not line.passed)
        parts += [f"<ul>{failed}</ul>"] if failed else []
    return "\n".join(parts)
