import lancedb
import pyarrow as pa
from lancedb.index import BTree, IvfPq, IvfRq


def build(folder, kind, documents, facts):
    """One token column in single precision; the metric is the only one that it knows for multi-vectors."""
    dim = documents[0].shape[1]
    tokens = pa.list_(pa.list_(pa.float32(), dim))
    fields = [pa.field(name, pa.int64()) for name in ["id", *facts[0]]] + [pa.field("tokens", tokens)]
    schema = pa.schema(fields)
    table = lancedb.connect(folder).create_table("documents", schema=schema)
    for start in range(0, len(documents), 1000):
        some = documents[start : start + 1000]
        ends = np.cumsum([0] + [len(d) for d in some]).astype(np.int32)
        rows = pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(some).ravel()), dim)
        columns = [pa.array(range(start, start + len(some)), pa.int64())]
        for name in facts[0]:
            columns.append(pa.array([fact[name] for fact in facts[start : start + 1000]], pa.int64()))
        columns.append(pa.ListArray.from_arrays(pa.array(ends), rows))
        table.add(pa.Table.from_arrays(columns, schema=schema))
    for name in ["id", *facts[0]]:
        table.create_index(name, config=BTree())
    if kind != "flat":
        config = IvfPq(distance_type="cosine") if kind == "IVF_PQ" else IvfRq(distance_type="cosine")
        table.create_index("tokens", config=config)


def load(folder, kind):
    table = lancedb.connect(folder).open_table("documents")

    def search(query, filter, nprobes=None, refine_factor=None):
        if "below" in filter:
            passes = f"random < {filter['below']}"
        else:
            passes = f"id NOT IN ({', '.join(map(str, filter['without']))})"
        asked = table.search(query, vector_column_name="tokens").where(passes).select(["id", "_distance"]).limit(K)
        if kind == "flat":
            asked = asked.distance_type("cosine")
        if nprobes:
            asked = asked.nprobes(nprobes)
        if refine_factor:
            asked = asked.refine_factor(refine_factor)
        return asked.to_arrow()["id"].to_pylist()

    return search


serve("lancedb", build, load)
