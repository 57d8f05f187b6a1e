"""Reading network documents: JSON whole, JSON Lines streamed, either gzipped."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from matcher.documents.check import ReferenceCheck, check_network
from matcher.documents.checked import refuse_other_kind
from matcher.documents.elements import filled_lines
from matcher.documents.faults import FaultList
from matcher.documents.parse import Unreadable, gathered, parse
from matcher.documents.write import is_lines, network_record
from matcher.domain.base import Model
from matcher.domain.errors import InputError
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member
from matcher.domain.network import Network, NetworkHeader
from matcher.domain.policy import Kind, PairPolicy, Policy
from matcher.domain.program import Program

Person = Member | EndedPair | RunningPair

_STARTS_LINES = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*"header"\s*:')
_GZIP = b"\x1f\x8b"
_MEMBER_ID = re.compile(rb'\{\s*"member"\s*:\s*\{\s*"id"\s*:\s*"([^"\\]*)"')


class NetworkSource(ABC):
    """A network that can be read, more than once, without holding all of it."""

    header: NetworkHeader
    path: Path | None
    format: str
    """"json" or "jsonl", with ".gz" when gzipped; "memory" for a network that came from no file."""

    @abstractmethod
    def people(self) -> Iterator[Person]:
        """Members, then ended and running pairs, in document order.

        Raises `InputError` with every fault (up to 100, then their number), wherever in the file they are;
        what was yielded before that is worth nothing.
        """

    @abstractmethod
    def network(self) -> Network:
        """All of it in memory. Raises `InputError` as `people` does."""

    def about(self, wanted: Collection[str]) -> list[Person]:
        """The members with these ids, and the ended and running pairs with one of them, in document order.

        Quick where the others need not be checked, since `people` did."""
        return [one for one in self.people() if _is_about(one, wanted)]

    def members(self, wanted: Collection[str]) -> dict[str, Member]:
        """The members with these ids, by id."""
        return {one.id: one for one in self.about(wanted) if isinstance(one, Member)}

    @property
    @abstractmethod
    def sha256(self) -> str:
        """Hex digest of the file's bytes as they are on disk; for a network in memory, of its JSON."""

    @staticmethod
    def of(network: Network) -> NetworkSource:
        """A source over a network in memory. Raises `InputError` when its references do not hold."""
        faults = FaultList()
        check_network(network, faults)
        faults.raise_if_any(f"The network {network.id!r}")
        return _Document(network, None, "memory", None)


class _Document(NetworkSource):
    """A network read whole."""

    def __init__(self, network: Network, path: Path | None, form: str, sha256: str | None) -> None:
        self._network = network
        self._sha256 = sha256
        self.header = NetworkHeader.model_construct(
            **{name: getattr(network, name) for name in NetworkHeader.model_fields}
        )
        self.path = path
        self.format = form

    def people(self) -> Iterator[Person]:
        yield from self._network.members
        yield from self._network.ended
        yield from self._network.running

    def network(self) -> Network:
        return self._network

    @property
    def sha256(self) -> str:
        if self._sha256 is None:
            self._sha256 = hashlib.sha256(network_record(self._network)).hexdigest()
        return self._sha256


class _Line(Model):
    """One line of a JSON Lines document: an object with exactly one of these keys."""

    header: NetworkHeader | None = None
    member: Member | None = None
    ended: EndedPair | None = None
    running: RunningPair | None = None


class _Lines(NetworkSource):
    """A network read line by line; its references are checked on the first full pass."""

    def __init__(self, path: Path, zipped: bool) -> None:
        self.path: Path = path
        self.format = "jsonl.gz" if zipped else "jsonl"
        self._zipped = zipped
        self._stamp = _stamp(path)
        self._checked = False
        with _opened(path, zipped) as file, _reading(path):
            number, line = next(filled_lines(file), (1, b""))
        self.header = self._header(line, number)
        faults = FaultList()
        ReferenceCheck(self.header, faults, lines=True)
        faults.raise_if_any(str(path))

    def people(self) -> Iterator[Person]:
        self._unchanged()
        faults = FaultList()
        check = None if self._checked else ReferenceCheck(self.header, faults, lines=True)
        with _opened(self.path, self._zipped) as file, _reading(self.path):
            lines = filled_lines(file)
            next(lines, None)
            for number, line in lines:
                try:
                    person = _person(line, number)
                except Unreadable as error:
                    faults.extend(error.faults)
                    found = _MEMBER_ID.match(line.lstrip())
                    if check is not None and found is not None:
                        check.seen(found[1].decode("utf-8", "replace"), number)
                    continue
                if check is not None:
                    if isinstance(person, Member):
                        check.member(person, number)
                    elif isinstance(person, EndedPair):
                        check.ended(person, number)
                    else:
                        check.running(person, number)
                if not faults.count:
                    yield person
        if check is not None:
            check.finish()
        faults.raise_if_any(str(self.path))
        self._checked = True

    def about(self, wanted: Collection[str]) -> list[Person]:
        if not self._checked:
            return super().about(wanted)
        self._unchanged()
        found: list[Person] = []
        with _opened(self.path, self._zipped) as file, _reading(self.path):
            lines = filled_lines(file)
            next(lines, None)
            for number, line in lines:
                begins = _MEMBER_ID.match(line)
                if begins is not None and begins[1].decode("utf-8", "replace").strip() not in wanted:
                    continue
                person = _person(line, number)
                if _is_about(person, wanted):
                    found.append(person)
        return found

    def network(self) -> Network:
        members: list[Member] = []
        ended: list[EndedPair] = []
        running: list[RunningPair] = []
        for person in self.people():
            if isinstance(person, Member):
                members.append(person)
            elif isinstance(person, EndedPair):
                ended.append(person)
            else:
                running.append(person)
        fields = {name: getattr(self.header, name) for name in self.header.model_fields_set}
        return Network(**fields, members=tuple(members), ended=tuple(ended), running=tuple(running))

    @cached_property
    def sha256(self) -> str:
        with _reading(self.path), self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _unchanged(self) -> None:
        if _stamp(self.path) != self._stamp:
            raise InputError(f"{self.path} changed while it was being used: start again.")

    def _header(self, line: bytes, number: int) -> NetworkHeader:
        if not line:
            raise InputError(f"{self.path} is empty: a network document begins with its header.")
        try:
            first = parse(_Line, line, number)
        except Unreadable as error:
            gathered(error).raise_if_any(str(self.path))
            raise
        if first.header is None or first.model_fields_set != {"header"}:
            raise InputError(
                f"{self.path} does not begin with its header: "
                'the first line must be {"header": {"id": ..., "name": ..., ...}}.'
            )
        return first.header


def open_network(path: Path | str) -> NetworkSource:
    """Open a network document: JSON (`Network`) or JSON Lines, each plain or gzipped.

    JSON Lines is told by its ending, .jsonl or .ndjson (before .gz), or by a header on its first line. JSON
    is read, and its references checked, at once; of JSON Lines only the header is, the rest by `people` or
    `network`. Raises `InputError` with every fault found.
    """
    path = Path(path)
    with _reading(path):
        if path.is_dir():
            raise InputError(f"{path} is a folder: name the network document in it.")
        if not path.exists():
            raise InputError(f"There is no file {path}.")
        if not path.is_file():
            raise InputError(f"{path} is not a regular file: save the document to one, as it is read twice.")
        with path.open("rb") as plain:
            zipped = plain.read(2) == _GZIP
        with _opened(path, zipped) as file:
            start = file.read(4096)
    if is_lines(path) or _STARTS_LINES.match(start):
        return _Lines(path, zipped)
    return _whole(path, zipped)


def _whole(path: Path, zipped: bool) -> NetworkSource:
    with _reading(path):
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if zipped:
            data = gzip.decompress(data)
    faults = FaultList()
    try:
        network = parse(Network, data)
    except Unreadable as error:
        refuse_other_kind(path, data, Network)
        gathered(error).raise_if_any(str(path))
        raise
    check_network(network, faults)
    faults.raise_if_any(str(path))
    return _Document(network, path, "json.gz" if zipped else "json", digest)


def _person(line: bytes, number: int) -> Person:
    found = parse(_Line, line, number)
    names = found.model_fields_set
    person = found.member or found.ended or found.running
    if person is None or len(names) != 1:
        unreadable = FaultList()
        if "header" in names:
            unreadable.add("header", "stands on a later line too: keep the first line's only", number)
        else:
            unreadable.add("", "must hold exactly one of member, ended and running", number)
        raise Unreadable(unreadable.listed)
    return person


def _is_about(person: Person, wanted: Collection[str]) -> bool:
    if isinstance(person, Member):
        return person.id in wanted
    return person.learner in wanted or person.guide in wanted


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _opened(path: Path, zipped: bool) -> BinaryIO:
    if zipped:
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb", buffering=1 << 20)


class _reading:
    """Turns what goes wrong while a file is read into an `InputError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
            raise InputError(f"{self._path} is damaged: its gzip data are wrong or cut off.") from None
        if isinstance(error, OSError):
            raise InputError(f"{self._path} cannot be read: {error.strerror or error}.") from None


def choose(
    header: NetworkHeader, program_id: str | None = None, kind: Kind | str | None = None
) -> tuple[Program, PairPolicy, Kind]:
    """The program to run, its policy, and the kind of pairs (the program's first when none is named).

    Raises `InputError` that lists the choices.
    """
    program, policy = choose_program(header, program_id)
    kinds = [known.value for known in program.kinds]
    chosen = kinds[0] if kind is None else str(kind)
    if chosen not in kinds:
        raise InputError(f"Program {program.id!r} forms no {chosen} pairs; it has {', '.join(kinds)}.")
    return program, policy.pairs, Kind(chosen)


def choose_program(header: NetworkHeader, program_id: str | None = None) -> tuple[Program, Policy]:
    """The program to run and its policy; without a name the only program is taken.

    Raises `InputError` that lists the choices.
    """
    if not header.programs:
        raise InputError(
            f"The network {header.id!r} has no program, so nothing says when its cycle starts and ends: add "
            '"programs": [{"id": "mentoring", "name": "Mentoring", "policy": "default", '
            '"cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20"}}].'
        )
    listed = ", ".join(program.id for program in header.programs)
    if program_id is None and len(header.programs) > 1:
        raise InputError(f"This network has several programs: name one of {listed}.")
    program = next((p for p in header.programs if program_id is None or p.id == program_id), None)
    if program is None:
        raise InputError(f"There is no program {program_id!r} in this network; it has {listed}.")
    policy = next((p for p in header.policies if p.id == program.policy), None)
    if policy is None:
        raise InputError(f"Program {program.id!r} names the policy {program.policy!r}, which does not exist.")
    return program, policy
