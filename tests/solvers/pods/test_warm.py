"""What is compiled ahead of the first run is what runs call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import solvers

READY = "from solvers.pods.warm import proof_is_ready; print(proof_is_ready())"

RUN = """
from pods_cases import random_instance
from solvers.limits import Limits
from solvers.pods.solve import solve
print(solve(random_instance(11, n=12, pods=3, rhythms=()), Limits(seconds=3)).status)
"""


@pytest.fixture
def told(tmp_path):
    """Runs code with an empty cache of kernels of its own."""
    paths = [str(Path(solvers.__file__).parents[1]), str(Path(__file__).parent)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "NUMBA_CACHE_DIR": str(tmp_path / "kernels"),
    }

    def run(code):
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return run


def test_an_empty_cache_is_not_ready(told):
    assert told(READY) == "False"


@pytest.mark.slow
def test_no_run_compiles_what_was_compiled_ahead(told, tmp_path):
    told("from solvers.pods.warm import warm_proof; warm_proof()")
    assert told(READY) == "True"
    told("from solvers.pods.warm import warm_annealing; warm_annealing()")
    ahead = set((tmp_path / "kernels").rglob("*.nbc"))
    assert told(RUN) in ("optimal", "feasible")
    assert set((tmp_path / "kernels").rglob("*.nbc")) == ahead
