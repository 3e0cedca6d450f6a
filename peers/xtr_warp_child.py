"""The child of xtr-warp-rs for the kill test: batches come as lines of JSON, numbers go back when they are done.

Documents are positions there, so a key is found through the metadata beside the vectors. Only quantized vectors are
kept and none are given out: `list` searches with the vectors that each document was given and tells what comes first.
"""

import json
import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from xtr_warp import XTRWarp

DIM = 64
NUM_TOKENS = 6
MASK = (1 << 64) - 1
ALL = 100_000


def dice(state):
    """SplitMix64, as in `model.rs`."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def vectors(key, version):
    """The vectors that `model.rs` gives this key and version."""
    numbers = dice((key * 1_000_003 & MASK) ^ (version * 0x5851F42D4C957F2D & MASK))
    rows = [[next(numbers) % 2001 / 1000.0 - 1.0 for _ in range(DIM)] for _ in range(NUM_TOKENS)]
    return torch.nn.functional.normalize(torch.tensor(rows), dim=1)


def apply(index, batch, is_new):
    """Removes what is replaced or deleted, then adds: `update` leaves the metadata as they were."""
    documents = [torch.tensor(document["vectors"]) for document in batch["upserts"]]
    metadata = [{"key": document["key"], "version": document["version"]} for document in batch["upserts"]]
    if is_new:
        index.create(documents, device="cpu", metadata=metadata, show_progress=False)
        return
    keys = [document["key"] for document in batch["upserts"]] + batch["deletes"]
    ids = index.filter(f"key IN ({', '.join('?' * len(keys))})", keys)
    if ids:
        index.delete(ids)
    if documents:
        index.add(documents, metadata=metadata, show_progress=False)


def write(index, is_new):
    for line in sys.stdin:
        batch = json.loads(line)
        apply(index, batch, is_new)
        sys.stdout.write(f"{batch['number']}\n")
        sys.stdout.flush()


def show(index):
    rows = {row["_passage_id"]: (row["key"], row["version"]) for row in index._metadata_store.get()}
    queries = torch.stack([vectors(key, version) for key, version in rows.values()])
    num_centroids = index._load_metadata()["num_partitions"]
    answers = index.search(
        queries,
        top_k=ALL,
        nprobe=num_centroids,
        bound=num_centroids,
        t_prime=ALL,
        max_candidates=ALL,
        centroid_score_threshold=-1.0,
        show_progress=False,
    )
    for (number, (key, version)), answer in zip(rows.items(), answers):
        is_first = bool(answer) and answer[0][0] == number
        print(json.dumps({"key": key, "version": version, "is_first": is_first}))
    found = {number for answer in answers for number, _ in answer}
    for _ in found - rows.keys():
        # Vectors of a document without metadata.
        print(json.dumps({"key": None}))
    print("end")


def main():
    role, folder = sys.argv[1:]
    torch.set_num_threads(1)
    index = XTRWarp(folder, device="cpu")
    if role != "create":
        index.load(device="cpu")
    if role == "list":
        show(index)
    else:
        write(index, role == "create")


main()
