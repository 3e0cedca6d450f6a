import qdrant_edge as qd

try:
    from fastembed.postprocess import Muvera
except ImportError:
    Muvera = None

# As fastembed documents it; 5,120 values, since 10,240 take twice the time.
MUVERA = {"k_sim": 4, "dim_proj": 16, "r_reps": 20, "random_seed": 42}


def config(kind, dim):
    """Token vectors without a graph, as the documentation says, reached by scoring all or what was prefetched."""
    multi = qd.MultiVectorConfig(qd.MultiVectorComparator.MaxSim)
    bits = {"turbo4": qd.TurboQuantBitSize.Bits4, "turbo1": qd.TurboQuantBitSize.Bits1}
    codes = qd.TurboQuantQuantizationConfig(bits=bits[kind]) if kind in bits else None
    no_graph = qd.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000)
    vectors = {
        "tokens": qd.EdgeVectorParams(
            dim, qd.Distance.Dot, multivector_config=multi, hnsw_config=no_graph, quantization_config=codes
        )
    }
    if kind == "muvera":
        size = 2 ** MUVERA["k_sim"] * MUVERA["dim_proj"] * MUVERA["r_reps"]
        vectors["fde"] = qd.EdgeVectorParams(size, qd.Distance.Dot, datatype=qd.VectorStorageDatatype.Float16)
    return qd.EdgeConfig(vectors=vectors, max_search_threads=1)


def build(folder, kind, documents):
    os.makedirs(folder, exist_ok=True)
    dim = documents[0].shape[1]
    shard = qd.EdgeShard.create(folder, config(kind, dim))
    muvera = Muvera(dim=dim, **MUVERA) if kind == "muvera" else None
    for start in range(0, len(documents), 500):
        points = []
        for id, document in enumerate(documents[start : start + 500], start):
            vectors = {"tokens": document.tolist()}
            if muvera:
                vectors["fde"] = muvera.process_document(document).tolist()
            points.append(qd.Point(id, vectors, None))
        shard.update(qd.UpdateOperation.upsert_points(points))
    shard.optimize()
    shard.flush()
    shard.close()


def load(folder, kind):
    shard = qd.EdgeShard.load(folder)
    muvera = None

    def search(query, prefetch=None, oversampling=None):
        nonlocal muvera
        nearest = qd.Query.Nearest(query.tolist(), using="tokens")
        if prefetch:
            muvera = muvera or Muvera(dim=query.shape[1], **MUVERA)
            fde = qd.Query.Nearest(muvera.process_query(query).tolist(), using="fde")
            first = qd.Prefetch(prefetch, query=fde, params=qd.SearchParams(hnsw_ef=prefetch))
            request = qd.QueryRequest(K, query=nearest, prefetches=[first])
        else:
            codes = qd.QuantizationSearchParams(rescore=oversampling is not None, oversampling=oversampling)
            request = qd.QueryRequest(K, query=nearest, params=qd.SearchParams(quantization=codes))
        return [point.id for point in shard.query(request)]

    return search


serve("qdrant-edge-py", build, load)
