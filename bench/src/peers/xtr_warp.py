import torch
from xtr_warp import XTRWarp

torch.set_num_threads(1)


def build(folder, kind, documents):
    index = XTRWarp(folder, device="cpu")
    index.create([torch.from_numpy(d) for d in documents], nbits=int(kind), device="cpu", show_progress=False)


def load(folder, kind):
    index = XTRWarp(folder, device="cpu")
    index.load(device="cpu")

    def search(query, **knobs):
        found = index.search(torch.from_numpy(query)[None], top_k=K, num_threads=1, show_progress=False, **knobs)
        return [id for id, _ in found[0]]

    return search


serve("xtr-warp-rs", build, load)
