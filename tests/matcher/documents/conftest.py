"""One small, whole, correct network; each test shows one deviation from it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matcher.documents.import_report import ImportReport
from matcher.documents.table import import_members

NETWORK: dict[str, Any] = {
    "format": "peerloom-network/1",
    "id": "river",
    "name": "River network",
    "skills": [
        {"id": "python", "name": "Python", "synonyms": ["py"]},
        {
            "id": "k8s",
            "name": "Kubernetes",
            "synonyms": ["kube"],
            "related": [{"skill": "Docker", "strength_percent": 60}],
        },
        {"id": "docker", "name": "Docker"},
    ],
    "organizations": [
        {"id": "acme", "name": "Acme Works", "group": "acme-group", "competitors": ["birch"]},
        {"id": "birch", "name": "Birch Labs", "country": "FI"},
        {"id": "cedar", "name": "Cedar Clinic"},
    ],
    "policies": [
        {
            "id": "default",
            "pairs": {
                "give_and_take": {"slack": 2, "slack_of": {"cedar": 4}},
                "quotas": [
                    {"scope": "unit", "id": "acme/Research", "side": "given", "most": 3},
                    {"scope": "group", "id": "acme-group", "side": "received", "most": 9},
                    {"scope": "organization", "id": "birch", "side": "given", "most": 5},
                ],
            },
        }
    ],
    "programs": [
        {
            "id": "mentoring",
            "name": "Mentoring",
            "kinds": ["mentoring", "reverse"],
            "cycle": {"id": "2026-4", "start": "2026-09-28", "end": "2026-12-20"},
            "policy": "default",
            "pins": [{"learner": "cleo", "guide": "ana", "must": "pair"}],
        }
    ],
    "problems": [
        {"id": "waste", "title": "Less waste", "sponsor": "acme", "needs": [{"skill": "py", "level": 3}]}
    ],
    "members": [
        {
            "id": "ana",
            "name": "Ana Álvarez",
            "organization": "acme",
            "unit": "Research",
            "email": "ana@acme.example",
            "offers": [{"skill": "Python", "level": 5}, {"skill": "kube"}],
            "time_zone": "Europe/Madrid",
            "availability": [{"day": 1, "start": "09:00", "end": "12:00"}],
            "busy": [{"start": "2026-10-05T08:00:00Z", "end": "2026-10-05T10:00:00+02:00"}],
            "leave": [{"start": "2026-11-02", "end": "2026-11-06"}],
            "roles": ["learner", "guide"],
            "capacities": {"learners": 2},
            "attributes": {"track": "a"},
            "visibility": {"email": "organization"},
        },
        {
            "id": "ben",
            "name": "Ben",
            "organization": "birch",
            "seeks": [{"skill": "docker", "priority": 5}],
            "time_zone": "Asia/Kolkata",
            "prefers": ["cleo"],
            "avoids": ["ana"],
        },
        {"id": "cleo", "name": "Cleo", "organization": "cedar", "time_zone": "America/St_Johns"},
    ],
    "ended": [{"learner": "ben", "guide": "cleo", "cycles_ago": 2, "pulse": 4}],
    "running": [{"learner": "cleo", "guide": "ana"}],
}
NETWORK["members"][0]["busy"][0]["end"] = "2026-10-05T12:00:00+02:00"

Edit = Callable[[dict[str, Any]], object]


def lines_of(document: dict[str, Any]) -> list[str]:
    """The document as JSON Lines."""
    document = copy.deepcopy(document)
    lists = [(one, document.pop(many, [])) for one, many in LISTS]
    lines = [json.dumps({"header": document})]
    for one, parts in lists:
        lines += [json.dumps({one: part}, ensure_ascii=False) for part in parts]
    return lines


LISTS = (("member", "members"), ("ended", "ended"), ("running", "running"))


@pytest.fixture
def document() -> dict[str, Any]:
    """A network document as plain data, free to change."""
    return copy.deepcopy(NETWORK)


@pytest.fixture
def saved(tmp_path: Path, document: dict[str, Any]) -> Callable[..., Path]:
    """Write the network, edited by the given function, as `net.json` or `net.jsonl`."""

    def save(edit: Edit = lambda document: None, name: str = "net.json") -> Path:
        edit(document)
        path = tmp_path / name
        if name.endswith("l"):
            path.write_text("\n".join(lines_of(document)) + "\n", encoding="utf-8")
        else:
            path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return path

    return save


SHEET_HEAD = "ID,Name,E-mail,Organisation,Time zone,Skills offered,Wants to learn,Prefers,Avoids"


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., ImportReport]:
    """Write a sheet and import it into `out.json`."""

    def run(*rows: str, head: str = SHEET_HEAD, out: str = "out.json", **options: Any) -> ImportReport:
        sheet = tmp_path / "people.csv"
        sheet.write_text("\n".join([head, *rows]) + "\n", "utf-8")
        return import_members(sheet, tmp_path / out, cycle_start=date(2026, 11, 30), **options)

    return run
