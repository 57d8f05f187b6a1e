"""Sessions of other plans, as a run has to respect them: whoever attends one is not free at its time, and has
fewer hours a month for others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.candidates.hours import Pair, hours_taken
from matcher.documents.read import NetworkSource, Person, choose_program
from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.history import RunningPair
from matcher.domain.member import BusyInterval, Member
from matcher.domain.session import Schedule, Session, State
from matcher.planning import outcome

if TYPE_CHECKING:
    from matcher.domain.network import Network
    from matcher.domain.plan import PlanSource


def commitments_source(commitments: Sequence[Session]) -> PlanSource | None:
    """What names the sessions of other plans; None where there are none."""
    if not commitments:
        return None
    hashed = outcome.hash_of([session.model_dump(mode="json") for session in commitments])
    return outcome.source_row("sessions", None, hashed)


def same_commitments(said: PlanSource | None, commitments: Sequence[Session]) -> None:
    """Raises InputError where a result was made with such sessions and comes without, or the other way."""
    if (said is None) != (not commitments):
        raise InputError(
            "The result was made without sessions of other plans: leave out --sessions."
            if commitments
            else "The result was made around sessions of other plans: give them as --sessions."
        )


def read_commitments(path: Path) -> tuple[Session, ...]:
    """What `write_commitments` left; none without the file."""
    return Schedule.model_validate_json(path.read_bytes()).sessions if path.exists() else ()


def write_commitments(path: Path, sessions: Sequence[Session]) -> None:
    """Keep sessions in a file; none make none."""
    if sessions:
        path.write_text(Schedule(sessions=tuple(sessions)).model_dump_json(exclude_defaults=True), "utf-8")


def busy_times(sessions: Iterable[Session]) -> dict[str, list[BusyInterval]]:
    """When people attend these sessions, those that take place."""
    busy: dict[str, list[BusyInterval]] = {}
    for session in sessions:
        if session.state is State.SCHEDULED:
            for person in session.attendees:
                busy.setdefault(person, []).append(BusyInterval(start=session.start, end=session.end))
    return busy


def committed(source: NetworkSource, commitments: Sequence[Session], program_id: str | None) -> NetworkSource:
    """The network, whose people are busy while these sessions take place, and have as many hours a month
    fewer in the program's cycle as these take. Pairs of the document take theirs as running pairs do.

    Raises InputError where the network has no such program."""
    if not commitments:
        return source
    program, _ = choose_program(source.header, program_id)
    known: set[Pair] = set()
    if any(session.family is Family.PAIRS for session in commitments):
        running = (one for one in source.people() if isinstance(one, RunningPair))
        known = {(one.learner, one.guide, one.kind) for one in running}
    hours = hours_taken(source.header, program, commitments, known)
    return _Committed(source, busy_times(commitments), hours)


class _Committed(NetworkSource):
    """A network with further busy intervals and fewer hours. Its hash is that of the network itself."""

    def __init__(
        self, source: NetworkSource, busy: dict[str, list[BusyInterval]], hours: Mapping[str, int]
    ) -> None:
        self._source, self._busy, self._hours = source, busy, hours
        self.header, self.path, self.format = source.header, source.path, source.format

    def people(self) -> Iterator[Person]:
        return map(self._taken, self._source.people())

    def about(self, wanted: Collection[str]) -> list[Person]:
        return list(map(self._taken, self._source.about(wanted)))

    def network(self) -> Network:
        whole = self._source.network()
        members = tuple(self._with(one) for one in whole.members)
        return whole.model_copy(update={"members": members})

    @property
    def sha256(self) -> str:
        return self._source.sha256

    def _taken(self, one: Person) -> Person:
        return self._with(one) if isinstance(one, Member) else one

    def _with(self, member: Member) -> Member:
        taken, hours = self._busy.get(member.id, ()), self._hours.get(member.id, 0)
        if not taken and not hours:
            return member
        left = max(0, member.hours_per_month - hours)
        return member.model_copy(update={"busy": (*member.busy, *taken), "hours_per_month": left})
