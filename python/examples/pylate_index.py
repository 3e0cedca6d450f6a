"""The index of PyLate's retriever, with random embeddings in place of a model's."""

import tempfile

import numpy as np

from pleiad.pylate import Index

rng = np.random.default_rng(0)
embeddings = [rng.standard_normal((30, 128)).astype(np.float32) for _ in range(100)]

with tempfile.TemporaryDirectory() as folder:
    index = Index(index_folder=folder, index_name="colbert")
    index.add_documents(documents_ids=list(range(100)), documents_embeddings=embeddings)
    # With a model: retrieve.ColBERT(index=index).retrieve(queries_embeddings=model.encode(queries, is_query=True), k=3)
    print(index([embeddings[5]], k=3))
    index.close()
