"""Kernels become machine code when used: what imports an engine does not load a compiler."""

import subprocess
import sys

from qianshou.engines.kernels import Kernel, compiled

LOADED = """
import sys
from qianshou.engines.matching import plan
from qianshou.engines.touring import tour
if "solve" in sys.argv:
    import numpy as np
    from qianshou.engines.touring.day import Day
    day = np.zeros(1, np.int64)
    tour.plan(Day(np.zeros((2, 2), np.int64), np.zeros(2, np.int64),
                  np.zeros(2, np.int64), np.full(2, 900)))
print("numba" in sys.modules)
"""


def outcome(*words: str) -> str:
    done = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_importing_the_engines_loads_no_compiler():
    assert outcome() == "False"


def test_the_control_solving_loads_it():
    assert outcome("solve") == "True"


@compiled
def twice(number):
    return number + number


@compiled
def four_times(number):
    return twice(twice(number))


def test_kernels_call_each_other_as_machine_code():
    assert isinstance(four_times, Kernel)
    assert four_times.__name__ == "four_times"

    assert four_times(3) == 12
    assert four_times._ready().signatures
