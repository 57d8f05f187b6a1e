"""Every file of a folder of MDGPLIB, in the time that published runs had: 3 s up to 120 members, 20 s above.

python -m benchmarks.mdgp FOLDER --runs 10       (best_known.csv beside the files, if there is one)
python -m benchmarks.mdgp FOLDER --runs 10 --match "*_n120_*"    three minutes, where there are six such files
python -m benchmarks.mdgp FOLDER --runs 10 --match "Geo_n240_*"  three minutes and a half for each file
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import machine


def main() -> None:
    """Print the tables of `peerloom bench mdgp`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--match", default="*_n*_?s_*.txt", help="names of the files to run")
    asked = parser.parse_args()
    best = asked.folder / "best_known.csv"
    print(machine())
    small, large = [], []
    for path in sorted(asked.folder.glob(asked.match)):
        members = int(path.read_text("utf-8").split(None, 1)[0])
        (small if members <= 120 else large).append(str(path))
    for files, seconds in ((small, 3), (large, 20)):
        if files:
            print(f"{seconds} s a run, {asked.runs} runs:", flush=True)
            options = ["--seconds", str(seconds), "--runs", str(asked.runs)]
            known = ["--best", str(best)] if best.exists() else []
            command = [sys.executable, "-m", "peerloom", "bench", "mdgp", *options, *known, *files]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
