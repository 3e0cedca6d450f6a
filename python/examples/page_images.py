"""Pages of images, one vector for each patch: here random ones in the shape of ColPali's, 1,030 x 128."""

import tempfile
from pathlib import Path

import numpy as np

import pleiad

rng = np.random.default_rng(0)
pages = rng.standard_normal((20, 1030, 128)).astype(np.float32)
pages /= np.linalg.norm(pages, axis=2, keepdims=True)
# A question whose tokens look like three patches of page 7: two in row 3, one in row 20.
query = pages[7][[3 * 32 + 10, 3 * 32 + 11, 20 * 32 + 5]] + 0.03 * rng.standard_normal((3, 128)).astype(np.float32)

with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/pages", create=True, dim=128) as collection:
    collection.add([f"report.pdf/{number}" for number in range(len(pages))], pages)
    best = collection.search(query, k=1)[0]
    found = collection.patches(query, best.key, 32, 32)
    print(found, np.argwhere(found.shares > 0).tolist())
    Path(folder, "page.svg").write_text(found.to_svg(image="report-7.png"))
    assert best.key == "report.pdf/7" and found.shares[3, 10] > 0
