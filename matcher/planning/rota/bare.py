"""The use case "bring your own sessions": a bare instance -> times, or turns, without profiles."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matcher.domain.errors import InputError
from matcher.planning.outcome import source_row
from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.reading import read_json


def answer_instance(path: Path, limits: Limits) -> dict[str, Any]:
    """Solve a bare instance: of meeting times where it says `groups` (`solvers.rota.times.explicit.loading`),
    else of turns (`solvers.rota.turns.explicit.loading`). The answer as a JSON object.

    Raises InputError for an instance that cannot be used.
    """
    try:
        data = read_json(path)
        found = _times(data, limits) if "groups" in data else _turns(data, limits)
    except InstanceError as error:
        raise InputError(f"{path} is not a usable instance of a rota: {error}") from error
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    named = {"instance": source_row(path.stem, path, sha256).model_dump(mode="json"), "seed": limits.seed}
    return {"format": found["format"], **named, **found}


def _times(data: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    from solvers.rota.times.explicit.loading import load_instance
    from solvers.rota.times.explicit.writing import answer_to_dict
    from solvers.rota.times.solve import solve

    instance = load_instance(data)
    return answer_to_dict(instance, solve(instance, limits))


def _turns(data: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    from solvers.rota.turns.explicit.loading import load_document
    from solvers.rota.turns.explicit.writing import answer_to_dict
    from solvers.rota.turns.solve import solve

    document = load_document(data)
    found = answer_to_dict(document.instance, solve(document.instance, limits))
    order = document.instance.order.value
    notes = [*document.notes, *found["notes"]]
    return {"format": "peerloom-turns/1", "order": order, **found, "notes": notes}
