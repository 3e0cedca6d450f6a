"""What rivals in Python share: the data, the clock, and the talk with the benchmark.

Arguments: a role, the folder of the data, the folder of the index, and what the rival calls the kind of index. `build`
makes the index and prints a line. `search` opens it, prints a line, and answers each line of standard input, the knobs
of a search as JSON, with the CPU milliseconds and the documents found of every query, one query at a time. Where the data have
`facts.json`, an object for each document, `build` gets them too, and knobs have `filters`, one for each query.
"""

import json
import os
import resource
import sys
from importlib.metadata import version

import numpy as np

K = 10

# What others print must not stand between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def read(folder, side):
    values = np.load(f"{folder}/{side}.f32.npy")
    offsets = np.load(f"{folder}/{side}.off.npy")
    return [values[start:end] for start, end in zip(offsets, offsets[1:])]


def cpu_seconds():
    """Of all threads, and of processes that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_kib():
    """`ru_maxrss` would count what the parent held when this was started."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def say(**facts):
    answers.write(json.dumps(facts) + "\n")
    answers.flush()


def serve(package, build, load):
    """`build(folder, kind, documents)` makes an index; `load(folder, kind)` gives `search(query, **knobs)`, which gives
    the numbers of the best ten documents; facts and filters stand behind documents and query."""
    role, data, folder, kind = sys.argv[1:]
    if role == "build":
        given = [read(data, "docs")]
        if os.path.exists(f"{data}/facts.json"):
            with open(f"{data}/facts.json") as facts:
                given.append(json.load(facts))
        start = cpu_seconds()
        build(folder, kind, *given)
        say(cpu_s=cpu_seconds() - start, peak_kib=peak_kib(), version=version(package))
        return
    search = load(folder, kind)
    queries = read(data, "queries")
    say(version=version(package))
    for line in sys.stdin:
        knobs = json.loads(line)
        asked = zip(queries, knobs.pop("filters")) if "filters" in knobs else zip(queries)
        cpu_ms, found = [], []
        for query in asked:
            start = cpu_seconds()
            ids = search(*query, **knobs)
            cpu_ms.append((cpu_seconds() - start) * 1e3)
            found.append([int(id) for id in ids])
        say(cpu_ms=cpu_ms, found=found, peak_kib=peak_kib())
