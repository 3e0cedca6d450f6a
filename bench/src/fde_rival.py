"""Documents per CPU second of muvera-python: a batch at a time, then one by one."""

import sys
import time

import numpy as np
from muvera import Muvera

repetitions, k, projection, num_tokens, dim, rounds = map(int, sys.argv[1:])
encoder = Muvera(
    num_repetitions=repetitions,
    num_simhash_projections=k,
    dimension=dim,
    projection_type="ams_sketch",
    projection_dimension=projection,
    fill_empty_partitions=True,
)
values = np.random.default_rng(1).standard_normal((256, num_tokens, dim)).astype(np.float32)
documents = list(values / np.linalg.norm(values, axis=2, keepdims=True))


def rate(work, count):
    start = time.process_time()
    work()
    return count / (time.process_time() - start)


batch, single = [], []
encoder.encode_documents(documents[:16])
for _ in range(rounds):
    batch.append(rate(lambda: encoder.encode_documents(documents), len(documents)))
    single.append(rate(lambda: [encoder.encode_documents(d) for d in documents[:32]], 32))
print(np.median(batch), np.median(single))
