"""Text in, ranked hits out."""

import tempfile

import pleiad

with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/notes", create=True, language="en") as notes:
    notes.add(
        ["alps", "sea", "bread"],
        texts=["We hiked across the Alps in two weeks.", "The harbor froze in March.", "Flour, water, salt and time."],
    )
    hits = notes.search("a trip to the mountains")
    for hit in hits:
        print(f"{hit.score:.3f}  {hit.key:6} {hit.text}")
    print(notes.explain("a trip to the mountains", "alps"))
    assert hits.keys[0] == "alps"
