"""A collection beside a multi-vector model of Sentence Transformers; here a stand-in with a vector for each word."""

import tempfile
import zlib

import numpy as np

import pleiad
from pleiad.sentence_transformers import Retriever


class Words:
    """With the package: MultiVectorEncoder("lightonai/GTE-ModernColBERT-v1")."""

    similarity_fn_name = "meanmaxsim"

    def encode_query(self, inputs: list[str], *, batch_size: int = 32, convert_to_numpy: bool = True) -> list[np.ndarray]:
        return [np.stack([self.vector(word) for word in text.lower().split()]) for text in inputs]

    encode_document = encode_query

    @staticmethod
    def vector(word: str) -> np.ndarray:
        values = np.random.default_rng(zlib.crc32(word.encode())).standard_normal(64)
        return (values / np.linalg.norm(values)).astype(np.float32)


with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/c", create=True, tokens="f16", language="en") as passages:
    retriever = Retriever(Words(), passages)
    retriever.add({"alps": "we hiked across the alps", "sea": "the harbor froze in march"})
    for hits in retriever.search(["the frozen harbor", "across the alps"], k=1):
        print(hits[0].key, f"{hits[0].score:.3f}", hits[0].text)
    assert retriever.search("across the alps")[0].key == "alps"
