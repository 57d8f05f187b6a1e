"""Why two people may meet or not, and what stands between one person and the other side: in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from matcher.candidates.context import Context, Person
from matcher.candidates.points import parts_of
from matcher.candidates.rules import Reason, reasons
from matcher.domain.errors import UnknownIdError
from matcher.domain.member import Member
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Kind, PairPolicy
from matcher.domain.program import Program


@dataclass(frozen=True)
class PairReport:
    """All that is known of one pair before any solving. `common_minutes` are those of the whole cycle."""

    learner: Member
    guide: Member
    reasons: tuple[Reason, ...]
    parts: dict[str, int]
    common_minutes: int
    cycle_days: int
    pin: str | None
    running: bool

    @property
    def points(self) -> int:
        """The sum of the parts; what the pair is worth if it may meet."""
        return sum(self.parts.values())


class People:
    """The members that a question names, picked out of one pass over all people."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.wanted = set(wanted)
        self.found: dict[str, Member] = {}
        self._ids: list[str] = []

    def watch(self, people: Iterable[Person]) -> Iterator[Person]:
        """Pass all people on, and keep those who are wanted."""
        for record in people:
            if isinstance(record, Member):
                self._ids.append(record.id)
                if record.id in self.wanted:
                    self.found[record.id] = record
            yield record

    def get(self, identifier: str) -> Member:
        """The member; `UnknownIdError`, with the closest ids, if there is none."""
        if identifier not in self.found:
            close = get_close_matches(identifier, self._ids[:200_000], n=3, cutoff=0.6)
            raise UnknownIdError("member", identifier, f"Did you mean {' or '.join(close)}?" if close else "")
        return self.found[identifier]


def pair_report(context: Context, learner: Member, guide: Member) -> PairReport:
    """Rules against a pair and its points, from the definitions of record."""
    return PairReport(
        learner=learner,
        guide=guide,
        reasons=reasons(context, learner, guide),
        parts=parts_of(context, learner, guide),
        common_minutes=context.common_minutes(learner, guide),
        cycle_days=context.calendar.days,
        pin=context.pins.get((learner.id, guide.id)),
        running=context.is_running(learner, guide),
    )


def why_pair(
    header: NetworkHeader,
    people: Iterable[Person],
    program: Program,
    policy: PairPolicy,
    kind: Kind,
    pair: Sequence[str],
) -> PairReport:
    """Read the people once and report on one (learner id, guide id). Raises `UnknownIdError`."""
    chosen = People(pair)
    context = Context.of(header, chosen.watch(people), program, policy, kind)
    return pair_report(context, chosen.get(pair[0]), chosen.get(pair[1]))
