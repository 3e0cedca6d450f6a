import qdrant_edge as qd

try:
    from fastembed.postprocess import Muvera
except ImportError:
    Muvera = None

# As for `bench peers`.
MUVERA = {"k_sim": 4, "dim_proj": 16, "r_reps": 20, "random_seed": 42}


def config(kind, dim):
    """`graph` is what a shard gets when nothing is said; `muvera` has token vectors without a graph, as the documentation says."""
    multi = qd.MultiVectorConfig(qd.MultiVectorComparator.MaxSim)
    if kind == "graph":
        return qd.EdgeConfig(vectors={"tokens": qd.EdgeVectorParams(dim, qd.Distance.Dot, multivector_config=multi)}, max_search_threads=1)
    no_graph = qd.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000)
    size = 2 ** MUVERA["k_sim"] * MUVERA["dim_proj"] * MUVERA["r_reps"]
    vectors = {
        "tokens": qd.EdgeVectorParams(dim, qd.Distance.Dot, multivector_config=multi, hnsw_config=no_graph),
        "fde": qd.EdgeVectorParams(size, qd.Distance.Dot, datatype=qd.VectorStorageDatatype.Float16),
    }
    return qd.EdgeConfig(vectors=vectors, max_search_threads=1)


def build(folder, kind, documents, facts):
    os.makedirs(folder, exist_ok=True)
    dim = documents[0].shape[1]
    shard = qd.EdgeShard.create(folder, config(kind, dim))
    for name in facts[0]:
        shard.update(qd.UpdateOperation.create_field_index(name, qd.PayloadSchemaType.Integer))
    muvera = Muvera(dim=dim, **MUVERA) if kind == "muvera" else None
    for start in range(0, len(documents), 500):
        points = []
        for id, document in enumerate(documents[start : start + 500], start):
            vectors = {"tokens": document.tolist()}
            if muvera:
                vectors["fde"] = muvera.process_document(document).tolist()
            points.append(qd.Point(id, vectors, facts[id]))
        shard.update(qd.UpdateOperation.upsert_points(points))
    shard.optimize()
    shard.flush()
    shard.close()


def load(folder, kind):
    shard = qd.EdgeShard.load(folder)
    muvera = None

    def search(query, filter, prefetch=None, hnsw_ef=None, acorn=False, exact=False):
        nonlocal muvera
        if "below" in filter:
            passes = qd.Filter(must=[qd.FieldCondition("random", range=qd.RangeFloat(lt=filter["below"]))])
        else:
            passes = qd.Filter(must_not=[qd.HasIdCondition(set(filter["without"]))])
        nearest = qd.Query.Nearest(query.tolist(), using="tokens")
        acorn = qd.AcornSearchParams(enable=True) if acorn else None
        params = qd.SearchParams(hnsw_ef=hnsw_ef, exact=exact, acorn=acorn)
        if prefetch:
            muvera = muvera or Muvera(dim=query.shape[1], **MUVERA)
            fde = qd.Query.Nearest(muvera.process_query(query).tolist(), using="fde")
            first = qd.Prefetch(prefetch, query=fde, filter=passes, params=qd.SearchParams(hnsw_ef=prefetch, acorn=acorn))
            request = qd.QueryRequest(K, query=nearest, prefetches=[first], filter=passes)
        else:
            request = qd.QueryRequest(K, query=nearest, filter=passes, params=params)
        return [point.id for point in shard.query(request)]

    return search


serve("qdrant-edge-py", build, load)
