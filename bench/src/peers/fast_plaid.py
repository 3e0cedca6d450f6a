import torch
from fast_plaid import search as fast_plaid

torch.set_num_threads(1)


def build(folder, kind, documents):
    index = fast_plaid.FastPlaid(index=folder, device="cpu")
    index.create(documents_embeddings=[torch.from_numpy(d) for d in documents], nbits=int(kind))


def load(folder, kind):
    index = fast_plaid.FastPlaid(index=folder, device="cpu")

    def search(query, **knobs):
        found = index.search(torch.from_numpy(query)[None], top_k=K, show_progress=False, **knobs)
        return [id for id, _ in found[0]]

    return search


serve("fast-plaid", build, load)
