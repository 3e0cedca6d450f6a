"""A judged collection in BEIR's layout: means, a paired test, a run for other programs, and what a recall costs."""

import json
import tempfile
from pathlib import Path

import pleiad

DOCUMENTS = {
    "tar": "Pack many files into one archive",
    "grep": "Print lines that match a pattern",
    "sort": "Order lines of text",
}
QUERIES = {"1": "put a folder into one file", "2": "find text in files", "3": "arrange a list by name"}
ANSWERS = {"1": "tar", "2": "grep", "3": "sort"}

with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    for name, rows in (("corpus", DOCUMENTS), ("queries", QUERIES)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps({"_id": key, "text": text}) for key, text in rows.items()))
    (folder / "qrels.tsv").write_text("\n".join(f"{query}\t{document}\t1" for query, document in ANSWERS.items()))

    with pleiad.open(folder / "pages", create=True, language="en") as pages:
        pages.add(list(DOCUMENTS), texts=list(DOCUMENTS.values()))
        both, words = pleiad.evaluate(pages, folder), pleiad.evaluate(pages, folder, mode="words")
        print(both, words)
        for one in both.compare(words):
            print(f"{one.metric}: {one.first:.3f} against {one.second:.3f}, p = {one.p_value:.3f}")
        both.write_trec(folder / "run.trec")
        both.curve(k=2).save(folder / "curve.svg")
        assert pleiad.evaluate_run(folder / "run.trec", folder).means == both.means
