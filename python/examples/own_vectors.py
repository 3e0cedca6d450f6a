"""Token vectors of any model: here random ones."""

import tempfile

import numpy as np

import pleiad

rng = np.random.default_rng(0)
documents = [rng.standard_normal((rng.integers(20, 60), 128)).astype(np.float32) for _ in range(2000)]
query = documents[7][:16] + 0.3 * rng.standard_normal((16, 128)).astype(np.float32)

with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/pages", create=True, dim=128) as pages:
    pages.add([f"page-{number}" for number in range(len(documents))], documents)
    hits = pages.search(query, k=3, recall=0.95)
    print(hits.keys, f"promised recall {hits.promised_recall:.3f}", hits.spent)
    assert hits.keys[0] == "page-7"
