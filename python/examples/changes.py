"""Replacing, amending and deleting; states that are held, and states that have a name."""

import tempfile

import pleiad

with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/notes", create=True, language="en") as notes:
    notes.add(
        ["a", "b"], texts=["The harbor froze in March", "Storks return in spring"], attributes=[{"stars": 1}, {"stars": 2}]
    )
    before = notes.snapshot()
    notes.name_snapshot("first")

    notes.add(["a"], texts=["The harbor thawed in April"])  # replaces
    notes.add(["a", "c"], texts=["stays as it is", "A new note"], on_conflict="skip")
    notes.amend(attributes={"stars": 5}, filter="stars = 2")  # vectors and text stay
    notes.delete("c")

    print([(key, document.text) for key in notes if (document := notes.get(key))], notes.values("stars").counts)
    old = notes.snapshot("first").get("a")
    assert old is not None and old.text == "The harbor froze in March" and len(before) == 2
    try:
        notes.add(["a"], texts=["something else"], on_conflict="fail")
    except pleiad.Conflict as conflict:
        print(conflict)
