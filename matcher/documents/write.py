"""Writing documents: whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydantic import BaseModel

from matcher.domain.errors import InputError
from matcher.domain.history import EndedPair, RunningPair
from matcher.domain.member import Member
from matcher.domain.network import Network, NetworkHeader


@contextmanager
def replacing(path: Path | str) -> Iterator[BinaryIO]:
    """A binary file to write that becomes `path` when the block ends, and vanishes when it raises.

    Folders on the way are made; a name that ends in .gz is gzipped (the same content gives the same bytes).
    Devices and pipes are written to directly. Raises `InputError` when the place cannot be written.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:200]}.{os.getpid()}.tmp")
    try:
        if target.is_dir():
            raise InputError(f"{path} is a folder: name a file in it.")
        direct = target.exists() and not stat.S_ISREG(target.stat().st_mode)
        temporary = target if direct else temporary
        target.parent.mkdir(parents=True, exist_ok=True)
        plain = temporary.open("wb", buffering=1 << 20)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {_cause(error, temporary)}.") from None
    try:
        with plain:
            if target.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=plain, mtime=0) as zipped:
                    yield cast(BinaryIO, zipped)
            else:
                yield plain
        if not direct:
            os.replace(temporary, target)
    except BaseException as error:
        if not direct:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise InputError(f"{path} cannot be written: {_cause(error, temporary)}.") from None
        raise


class _Tried(Exception):
    """Leaves nothing written."""


def check_writable(*paths: Path | None) -> None:
    """Raise the `InputError` of `replacing` before long work instead of after it. None is no path."""
    for path in paths:
        if path is not None and (path.is_dir() or path.is_file() or not path.exists()):
            with suppress(_Tried), replacing(path):
                raise _Tried


def _cause(error: OSError, temporary: Path) -> str:
    """Why, and at which folder on the way; the name of the temporary file would only puzzle."""
    told = error.filename is not None and str(error.filename) != str(temporary)
    return (error.strerror or str(error)).lower() + (f" ({error.filename})" if told else "")


def write_json(path: Path | str, content: BaseModel | Mapping[str, Any]) -> None:
    """Write one JSON document, indented, UTF-8, all fields in their order. Raises `InputError`."""
    if isinstance(content, BaseModel):
        data = content.model_dump_json(indent=2).encode()
    else:
        data = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2).encode()
    with replacing(path) as file:
        file.write(data)
        file.write(b"\n")


def write_network(path: Path | str, network: Network) -> None:
    """Write a network: as JSON Lines when the name says so (`is_lines`), else as one JSON document.

    Members and pairs leave out what has its default; the header is in full, so that policies can be edited.
    """
    with NetworkWriter(path, network) as writer:
        for member in network.members:
            writer.add(member)
        for ended in network.ended:
            writer.add(ended)
        for running in network.running:
            writer.add(running)


def is_lines(path: Path | str) -> bool:
    """Whether a file's name says JSON Lines: .jsonl or .ndjson, before .gz."""
    return Path(path).name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))


class NetworkText:
    """The bytes of a network document in either format, piece by piece: `begin`, every `part`, `end`."""

    def __init__(self, header: NetworkHeader, lines: bool) -> None:
        self._header = header
        self._lines = lines
        self._list = b""

    def begin(self) -> bytes:
        """The header."""
        data = _header_record(self._header)
        return b'{"header":%s}\n' % data if self._lines else data[:-1]

    def part(self, key: bytes, data: bytes) -> bytes:
        """One part, which is JSON; `key` is b"member", b"ended" or b"running", in this order in JSON."""
        if self._lines:
            return b'{"%s":%s}\n' % (key, data)
        if key == self._list:
            return b",\n" + data
        before = b"\n]" if self._list else b""
        self._list = key
        return before + b',\n"%s":[\n' % _LISTS[key] + data

    def end(self) -> bytes:
        """What closes the document."""
        if self._lines:
            return b""
        return (b"\n]" if self._list else b"") + b"}\n"


class NetworkWriter:
    """Writes a network part by part, in either format, from a header and the parts in document order.

    The file appears when the block ends, whole, or not at all.

    >>> with NetworkWriter("net.jsonl", header) as writer:
    ...     writer.add(member)
    """

    def __init__(self, path: Path | str, header: NetworkHeader) -> None:
        self._context = replacing(path)
        self._text = NetworkText(header, is_lines(path))

    def __enter__(self) -> NetworkWriter:
        self._file = self._context.__enter__()
        self._file.write(self._text.begin())
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None:
            self._file.write(self._text.end())
        self._context.__exit__(kind, error, trace)

    def add(self, part: Member | EndedPair | RunningPair) -> None:
        """Write one part. In JSON all members come before all ended pairs, and those before running ones."""
        self.add_record(_KEYS[type(part)], record(part))

    def add_record(self, key: bytes, data: bytes) -> None:
        """Write one part that is JSON already; `key` is b"member", b"ended" or b"running"."""
        self._file.write(self._text.part(key, data))


_KEYS: dict[type, bytes] = {
    Member: b"member",
    EndedPair: b"ended",
    RunningPair: b"running",
}
_LISTS = {b"member": b"members", b"ended": b"ended", b"running": b"running"}


def record(part: BaseModel) -> bytes:
    """One member or pair as compact JSON, without fields that have their default."""
    return part.model_dump_json(exclude_defaults=True).encode()


def network_record(network: Network) -> bytes:
    """A whole network as compact JSON, the same bytes for the same content."""
    lists = ((b"members", network.members), (b"ended", network.ended), (b"running", network.running))
    data = _header_record(network)[:-1]
    for name, parts in lists:
        data += b',"%s":[%s]' % (name, b",".join(record(part) for part in parts))
    return data + b"}"


def _header_record(header: NetworkHeader) -> bytes:
    fields = set(NetworkHeader.model_fields)
    plain = header.model_dump(mode="json", include=fields, exclude_none=True)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
