"""Running the program as a person does, and measuring the whole process."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

import msgspec


class Run(msgspec.Struct, frozen=True):
    """Wall seconds, processor seconds and the greatest resident memory, in MB, of a finished process."""

    seconds: float
    cpu: float
    memory: float
    output: str


def muster(*arguments: str) -> Run:
    """Runs `muster` with arguments; raises RuntimeError with its output where it fails."""
    return measured([sys.executable, "-m", "muster", *arguments])


def measured(command: Sequence[str]) -> Run:
    """Runs a command to its end."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)
