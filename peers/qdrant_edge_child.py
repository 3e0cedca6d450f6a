"""The child of qdrant-edge for the kill test: batches come as lines of JSON, numbers go back when they are done."""

import json
import sys

import qdrant_edge as qd

DIM = 64


def config():
    multi = qd.MultiVectorConfig(qd.MultiVectorComparator.MaxSim)
    vectors = {"tokens": qd.EdgeVectorParams(DIM, qd.Distance.Dot, multivector_config=multi)}
    return qd.EdgeConfig(vectors=vectors)


def apply(shard, batch):
    points = [
        qd.Point(document["key"], {"tokens": document["vectors"]}, {"version": document["version"]})
        for document in batch["upserts"]
    ]
    if points:
        shard.update(qd.UpdateOperation.upsert_points(points))
    if batch["deletes"]:
        shard.update(qd.UpdateOperation.delete_points(batch["deletes"]))


def write(shard):
    for line in sys.stdin:
        batch = json.loads(line)
        apply(shard, batch)
        sys.stdout.write(f"{batch['number']}\n")
        sys.stdout.flush()


def show(shard):
    request = qd.ScrollRequest(limit=100_000, with_payload=True, with_vector=True)
    records, _ = shard.scroll(request)
    for record in records:
        vectors = record.vector["tokens"]
        rows = [[float(value) for value in row] for row in vectors]
        print(json.dumps({"key": record.id, "version": (record.payload or {}).get("version"), "vectors": rows}))
    print("end")


def main():
    role, folder = sys.argv[1:]
    shard = qd.EdgeShard.create(folder, config()) if role == "create" else qd.EdgeShard.load(folder)
    if role == "list":
        show(shard)
    else:
        write(shard)
    if role == "create":
        shard.close()


main()
