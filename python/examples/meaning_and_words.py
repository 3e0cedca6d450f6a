"""One score of meaning and words, either of them alone, and what gave a score."""

import tempfile

import pleiad

with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/pages", create=True, language="en") as pages:
    texts = {
        "shred": "Overwrite a file so that nobody can recover it",
        "rm": "Remove files or folders",
        "E1234": "Error E1234: the type is not known here",
    }
    pages.add(list(texts), texts=list(texts.values()))
    for mode in ("hybrid", "vectors", "words"):
        print(mode, [(hit.key, round(hit.score, 3)) for hit in pages.search("erase a file for good", mode=mode)])
    print(pages.search("E1234", alpha=0.2).keys)  # a fifth for the vectors
    best = pages.search("erase a file for good", k=1)[0]
    print(best.parts, [(match.query, match.document) for match in best.matches])
    print(pages.explain("erase a file for good", best.key))
    assert best.key == "shred"
