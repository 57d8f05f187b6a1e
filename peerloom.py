"""The `peerloom` command, and `python -m peerloom`: see that the packages found are ours, then hand over.

`api`, `solvers` and `fixtures` are names that others use too. A foreign package of such a name that is found
first would fail somewhere deep inside; this module, whose name is our own, says so in one sentence.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("api", "matcher", "solvers", "fixtures")


def foreign_packages(home: Path) -> list[str]:
    """A sentence for each of our packages that does not come from `home`, the folder of this module."""
    sentences = []
    for name in PACKAGES:
        spec = find_spec(name)
        places = (
            [Path(place).resolve().parent for place in (spec.submodule_search_locations or ())]
            if spec
            else []
        )
        if places[:1] != [home]:
            found = f"is taken from {places[0]}" if places else "is missing or no package"
            sentences.append(f"The package '{name}' {found}; Peerloom's is in {home}.")
    return sentences


def lighten() -> None:
    """Spare the process what no command needs: together 0.2 s of `solve pairs`."""
    gc.set_threshold(1_000_000)  # imports and documents make many objects and hardly a cycle
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts threads for algebra that is not done
    if sys.platform != "win32":
        sys.setdlopenflags(os.RTLD_LAZY)  # OR-Tools names some 50,000 symbols; the few called are looked up
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looked for in all that is installed


def main() -> None:
    """Run the command line, or exit with 70 if what would be imported is not ours."""
    foreign = foreign_packages(Path(__file__).resolve().parent)
    if foreign:
        print("\n".join(foreign), file=sys.stderr)
        print(
            "Another package of that name comes first. Install Peerloom in an environment of its own "
            "(the README's first line does) and unset PYTHONPATH.",
            file=sys.stderr,
        )
        sys.exit(70)
    lighten()
    from api.cli.main import main as run

    try:
        run()
    finally:
        gc.freeze()  # or the interpreter looks for cycles in what the system is about to take back: 0.2 s


if __name__ == "__main__":
    main()
