"""Prints the budgets as ratios in one run; `--quick` is rougher and sooner.

One thread for everyone: the libraries read their settings when they are loaded, so this script starts itself again with
them set.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ONE_THREAD = dict.fromkeys(THREADS, "1")
ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Runs every bench; the exit status of the process that does."""
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        return subprocess.call([sys.executable, __file__, *arguments], env={**os.environ, **ONE_THREAD})
    sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
    import bench_blocking
    import bench_cells
    import bench_ensemble
    import bench_looking
    import bench_recorder
    import bench_training
    import bench_window
    import numpy

    print(f"Python {platform.python_version()}, NumPy {numpy.__version__}, {platform.machine()}, one thread, CPU time")
    rounds = 5 if "--quick" in arguments else 25
    bench_recorder.run(rounds)
    bench_cells.run(rounds)
    bench_ensemble.run(rounds)
    bench_training.run(rounds)
    bench_looking.run(rounds)
    try:
        import PySide6  # noqa: F401
    except ImportError:
        print("\nPySide6 is not installed here, so the window is left out.")
    else:
        bench_window.run(rounds)
        bench_blocking.run(rounds)
    return 0


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
