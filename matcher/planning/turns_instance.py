"""The use case "bring your own sessions": a bare turns instance -> who takes which turn, without profiles."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from matcher.domain.errors import InputError
from matcher.planning.outcome import source_row
from solvers.faults import InstanceError
from solvers.limits import Limits
from solvers.rota.turns.explicit.loading import load_document
from solvers.rota.turns.explicit.writing import answer_to_dict
from solvers.rota.turns.solve import solve


def answer_instance(path: Path, limits: Limits) -> dict[str, Any]:
    """Solve a bare turns instance (`solvers.rota.turns.explicit.loading`): the answer as a JSON object.

    Raises InputError for an instance that cannot be used.
    """
    try:
        document = load_document(path)
    except InstanceError as error:
        raise InputError(f"{path} is not a usable turns instance: {error}") from error
    answer = solve(document.instance, limits)
    out = answer_to_dict(document.instance, answer)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "format": "peerloom-turns/1",
        "instance": source_row(path.stem, path, sha256).model_dump(mode="json"),
        "order": document.instance.order.value,
        "seed": limits.seed,
        **out,
        "notes": [*document.notes, *out["notes"]],
    }
