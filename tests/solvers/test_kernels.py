"""A kernel in the cache is loaded without what only compiling needs, and can still be compiled for more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import solvers

KERNEL = """
import numpy as np
from solvers.kernels import njit

@njit(cache=True)
def squares(numbers):
    out = np.zeros(len(numbers), numbers.dtype)
    for k in range(len(numbers)):
        out[k] = numbers[k] * numbers[k]
    return out
"""

ASK = """
import sys
import numpy as np
from kept import squares

print(squares(np.arange(4, dtype=np.int32)).tolist())
print("numba.np.arraymath" in sys.modules, sum(squares.stats.cache_hits.values()))
print(squares(np.array([1.5])).tolist())
"""


def test_a_cached_kernel_is_loaded_lightly_and_can_still_be_compiled_for_other_types(tmp_path):
    (tmp_path / "kept.py").write_text(KERNEL)
    path = os.pathsep.join([str(tmp_path), str(Path(solvers.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": path}

    def told(code: str) -> list[str]:
        run = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        return run.stdout.splitlines()

    told("import numpy as np; from kept import squares; squares(np.arange(4, dtype=np.int32))")
    assert told(ASK) == ["[0, 1, 4, 9]", "False 1", "[2.25]"]
    assert told(ASK) == ["[0, 1, 4, 9]", "False 1", "[2.25]"]
