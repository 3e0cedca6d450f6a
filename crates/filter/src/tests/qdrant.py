"""Answers filters with the local mode of Qdrant's Python client.

One JSON object on standard input: `documents`, a list of attributes, and `filters`. One line of output for each filter: the
positions of the documents for which it holds, and the filter as the client's own models write it.
"""

import json
import sys

from qdrant_client import QdrantClient, models

asked = json.load(sys.stdin)
client = QdrantClient(":memory:")
client.create_collection("c", models.VectorParams(size=1, distance=models.Distance.DOT))
points = [models.PointStruct(id=at, vector=[1.0], payload=payload) for at, payload in enumerate(asked["documents"])]
client.upsert("c", points)
for text in asked["filters"]:
    parsed = models.Filter.model_validate(text)
    found, _ = client.scroll("c", scroll_filter=parsed, limit=len(points), with_payload=False)
    written = json.loads(parsed.model_dump_json(by_alias=True))
    print(json.dumps({"found": sorted(point.id for point in found), "written": written}))
