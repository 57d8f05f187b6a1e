"""A folder of ours: files are written whole, removed when no longer wanted, foreign ones untouched."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from matcher.domain.errors import Fault, InputError

MANIFEST = ".peerloom-calendars.json"
_FORMAT = "peerloom-calendars/1"
_PENDING = ""


@dataclass(frozen=True)
class FolderChange:
    """How many files were written, stayed as they were, and were removed."""

    written: int
    unchanged: int
    removed: int


def replace_files(folder: Path, files: Mapping[str, bytes]) -> FolderChange:
    """Make `folder` hold these files (relative "/" paths), and nothing else that we wrote before.

    A list of our files is kept in the folder, and written before the first change, so that a run that was
    killed can be repeated. Files that are as wanted are not written again. A file of ours that somebody
    edited is replaced when it is wanted, and left when it is not.

    Raises `InputError`, before anything is changed, where a file that is not ours stands in the way.
    """
    owned = _owned(folder)
    wanted = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    same = {path for path in files if _same(folder / path, files[path])}
    blocked = sorted(p for p in files if p not in owned and p not in same and os.path.lexists(folder / p))
    if blocked:
        raise InputError(
            f"Files in {folder} that are not ours stand in the way: move them, or choose another folder.",
            [Fault(path, "was not written by Peerloom") for path in blocked],
        )
    folder.mkdir(parents=True, exist_ok=True)
    change = sorted(set(files) - same)
    gone = sorted(set(owned) - set(files))
    if change or gone or owned != wanted:
        _write_manifest(folder, {**owned, **wanted, **dict.fromkeys(change, _PENDING)})
    for path in change:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / path, files[path])
    removed = sum(_remove(folder, path, owned[path]) for path in gone)
    if change or gone or owned != wanted:
        _write_manifest(folder, wanted)
    return FolderChange(len(change), len(same), removed)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, then move it there: readers see the old or the new one, never half."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _owned(folder: Path) -> dict[str, str]:
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return {}
    except (ValueError, UnicodeDecodeError):
        document = None
    files = (
        document.get("files") if isinstance(document, dict) and document.get("format") == _FORMAT else None
    )
    if not isinstance(files, dict) or not all(isinstance(v, str) for v in files.values()):
        raise InputError(f"{folder / MANIFEST} is not readable: remove this folder, or choose another one.")
    return {path: digest for path, digest in files.items() if _inside(path)}


def _inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and path not in ("", ".", MANIFEST)


def _write_manifest(folder: Path, files: Mapping[str, str]) -> None:
    document = {"format": _FORMAT, "files": dict(sorted(files.items()))}
    write_whole(folder / MANIFEST, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def _remove(folder: Path, path: str, digest: str) -> bool:
    """Remove a file of ours, unless somebody changed it since, and the folders that it leaves empty."""
    target = folder / path
    if not target.is_file() or target.is_symlink():
        return False
    if digest != _PENDING and hashlib.sha256(target.read_bytes()).hexdigest() != digest:
        return False
    target.unlink()
    parent = target.parent
    while parent != folder and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent
    return True
