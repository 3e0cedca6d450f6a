import lancedb
import pyarrow as pa
from lancedb.index import IvfPq, IvfRq


def build(folder, kind, documents):
    """One token column in single precision; the metric is the only one that it knows for multi-vectors."""
    dim = documents[0].shape[1]
    tokens = pa.list_(pa.list_(pa.float32(), dim))
    schema = pa.schema([pa.field("id", pa.int64()), pa.field("tokens", tokens)])
    table = lancedb.connect(folder).create_table("documents", schema=schema)
    for start in range(0, len(documents), 1000):
        some = documents[start : start + 1000]
        ends = np.cumsum([0] + [len(d) for d in some]).astype(np.int32)
        rows = pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(some).ravel()), dim)
        columns = [pa.array(range(start, start + len(some)), pa.int64()), pa.ListArray.from_arrays(pa.array(ends), rows)]
        table.add(pa.Table.from_arrays(columns, schema=schema))
    metric = {"distance_type": "cosine"}
    config = IvfPq(num_sub_vectors=dim // 4, **metric) if kind == "IVF_PQ" else IvfRq(**metric)
    table.create_index("tokens", config=config)


def load(folder, kind):
    table = lancedb.connect(folder).open_table("documents")

    def search(query, nprobes, refine_factor):
        asked = table.search(query, vector_column_name="tokens").select(["id", "_distance"]).limit(K).nprobes(nprobes)
        if refine_factor:
            asked = asked.refine_factor(refine_factor)
        return asked.to_arrow()["id"].to_pylist()

    return search


serve("lancedb", build, load)
