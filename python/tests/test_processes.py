"""Forks, kills, signals, and several processes on one collection."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

import pleiad


def run(program: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, *args], capture_output=True, text=True, timeout=120)


def test_a_fork_is_refused_in_words(tmp_path: Path) -> None:
    program = """
import os, sys, pleiad
c = pleiad.open(sys.argv[1], create=True, dim=2)
c.add(["a"], [[[1.0, 0.0]]])
pid = os.fork()
if pid == 0:
    try:
        c.search([1.0, 0.0])
    except pleiad.Unsupported as error:
        os._exit(7 if "fork" in str(error) else 1)
    os._exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), c.search([1.0, 0.0]).keys)
"""
    done = run(program, str(tmp_path / "v"))
    assert done.stdout.strip() == "7 ['a']", done


def test_a_killed_interpreter_loses_nothing_acknowledged(tmp_path: Path) -> None:
    program = """
import os, signal, sys, pleiad
c = pleiad.open(sys.argv[1], create=True, dim=2)
for number in range(int(sys.argv[2])):
    c.add([f"k{number}"], [[[1.0, number]]])
    print(number, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    for rounds in range(1, 4):
        done = run(program, str(tmp_path / f"v{rounds}"), str(7 * rounds))
        acknowledged = [int(line) for line in done.stdout.split()]
        assert done.returncode == -9 and len(acknowledged) == 7 * rounds
        with pleiad.open(tmp_path / f"v{rounds}") as survivor:
            assert {f"k{number}" for number in acknowledged} <= set(survivor) and survivor.verify() == []


def test_ctrl_c_ends_a_long_call(tmp_path: Path) -> None:
    program = """
import os, signal, sys, threading, time, numpy as np, pleiad
c = pleiad.open(sys.argv[1], create=True, language="en")
texts = [f"the {number}th storm of the year flooded the harbor and the market" * 20 for number in range(2000)]
threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    c.add([str(number) for number in range(2000)], texts=texts)
except KeyboardInterrupt:
    print("interrupted", len(c) < 2000)
"""
    done = run(program, str(tmp_path / "t"))
    assert done.stdout.strip() == "interrupted True", done


@contextmanager
def started(program: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    """A process whose input and output are pipes; it is gone at the end."""
    command = [sys.executable, "-c", program, *args]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


WRITER = """
import sys, pleiad
c = pleiad.open(sys.argv[1], create=True, dim=2)
for number, line in enumerate(sys.stdin):
    if line.strip() == "close":
        c.close()
        print("closed", flush=True)
        break
    c.add([f"{line.strip()}-{number}-{part}" for part in range(50)], [[[1.0, part]] for part in range(50)])
    print(number, flush=True)
"""


def test_readers_of_other_processes_see_what_was_acknowledged(tmp_path: Path) -> None:
    with started(WRITER, str(tmp_path / "v")) as writer:
        assert writer.stdin is not None
        for number in range(4):
            writer.stdin.write("a\n")
            writer.stdin.flush()
            assert line_of(writer) == str(number)
            with pleiad.open(tmp_path / "v") as reader:
                assert len(reader) == 50 * (number + 1) and f"a-{number}-49" in reader
        with pytest.raises(pleiad.Conflict), pleiad.open(tmp_path / "v") as second:
            second.add(["b"], [[[0.0, 1.0]]])
        writer.stdin.write("close\n")
        writer.stdin.flush()
        # Whoever waits has the writer once the other process gives it back.
        with pleiad.open(tmp_path / "v", wait=30.0) as second:
            second.add(["b"], [[[0.0, 1.0]]])
            assert len(second) == 201
        assert line_of(writer) == "closed"


def test_a_process_killed_in_the_middle_of_a_write_leaves_whole_batches(tmp_path: Path) -> None:
    draw = Random(0)
    for attempt in range(4):
        place = tmp_path / f"v{attempt}"
        with started(WRITER, str(place)) as writer:
            assert writer.stdin is not None
            writer.stdin.write("a\n" * 5000)
            writer.stdin.flush()
            acknowledged = int(line_of(writer))
            time.sleep(draw.random() / 5)
            writer.send_signal(signal.SIGKILL)
            assert writer.wait() == -signal.SIGKILL and writer.stdout is not None
            acknowledged = max([acknowledged, *(int(line) for line in writer.stdout.read().splitlines() if line)])
        with pleiad.open(place) as survivor:
            keys = set(survivor)
            batches = {key.rsplit("-", 1)[0] for key in keys}
            assert {f"a-{number}" for number in range(acknowledged)} <= batches
            assert len(keys) == 50 * len(batches) and survivor.verify() == []
            assert survivor.add(["b"], [[[0.0, 1.0]]])["num_documents"] == 1


def test_a_fork_in_the_middle_of_a_write_harms_neither(tmp_path: Path) -> None:
    program = """
import os, sys, threading, pleiad
c = pleiad.open(sys.argv[1], create=True, dim=2)
c.add(["a"], [[[1.0, 0.0]]])
going, done = True, 0
def write():
    global done
    while going:
        c.add([f"k{done}"], [[[1.0, done]]])
        done += 1
thread = threading.Thread(target=write)
thread.start()
codes = []
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        try:
            c.add(["child"], [[[0.0, 1.0]]])
        except pleiad.Unsupported:
            mine = pleiad.open(sys.argv[1])
            os._exit(7 if "a" in mine and len(mine.search([1.0, 0.0]).keys) > 0 else 1)
        os._exit(2)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
going = False
thread.join()
c.close()
print(set(codes) == {7}, len(pleiad.open(sys.argv[1])) == done + 1, done > 0)
"""
    done = run(program, str(tmp_path / "v"))
    assert done.stdout.strip() == "True True True", done


def test_a_fork_reads_with_worker_threads_of_its_own(tmp_path: Path) -> None:
    program = """
import os, signal, sys, numpy as np, pleiad
rows = np.random.default_rng(0).standard_normal((3000, 8, 32)).astype(np.float32)
keys = [str(number) for number in range(3000)]
c = pleiad.open(sys.argv[1] + "/a", create=True, dim=32)
c.add(keys, rows)
c.close()
def ask(place):
    with pleiad.open(place) as c:
        return [hits.keys[0] for hits in c.search_batch(list(rows[:8]), 3)]
expected = ask(sys.argv[1] + "/a")
def child():
    signal.alarm(60)  # Waiting for threads of the parent would last for ever.
    if ask(sys.argv[1] + "/a") != expected:
        return 1
    try:
        pleiad.open(sys.argv[1] + "/b", create=True, dim=32).add(keys, rows)
        return 2
    except pleiad.Unsupported as error:
        if "can only read" not in str(error):
            return 5
    pid = os.fork()
    if pid == 0:
        try:
            ask(sys.argv[1] + "/a")
        except pleiad.Unsupported as error:
            os._exit(7 if "spawn" in str(error) else 3)
        os._exit(4)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
pid = os.fork()
if pid == 0:
    os._exit(child())
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    assert run(program, str(tmp_path)).stdout.strip() == "7"


def test_threads_share_a_collection(tmp_path: Path) -> None:
    program = """
import sys, threading, pleiad
c = pleiad.open(sys.argv[1], create=True, dim=2)
c.add(["first"], [[[1.0, 0.0]]])
failed = []
def act(me):
    try:
        for number in range(20):
            c.add([f"{me}-{number}"], [[[1.0, me]]])
            assert f"{me}-{number}" in c and c.search([1.0, 0.0], 3).keys
    except BaseException as error:
        failed.append(error)
threads = [threading.Thread(target=act, args=[me]) for me in range(6)]
[one.start() for one in threads]
[one.join() for one in threads]
print(failed, len(c))
"""
    done = run(program, str(tmp_path / "v"))
    assert done.stdout.strip() == "[] 121", done
