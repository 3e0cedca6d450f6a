from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TEXTS

import pleiad


def test_text_in_ranked_hits_out(texts: pleiad.Collection) -> None:
    hits = texts.search("unpack an archive", k=2)
    assert hits.keys[0] == "tar" and len(hits) == 2 and hits.num_matched == 4
    best = hits[0]
    assert best.text == TEXTS["tar"] and best.attributes == {"section": 1, "year": 1979}
    assert best.parts is not None and hits.weights is not None
    assert best.parts.vectors + best.parts.sentence + best.parts.words == pytest.approx(best.score, abs=1e-5)
    assert hits.promised_recall == 1.0 and hits.scores.dtype == "float32"
    assert [hit["key"] for hit in hits.to_dicts()] == hits.keys


def test_words_that_answer_are_marked(texts: pleiad.Collection) -> None:
    hits = texts.search("regular expressions", k=1)
    assert any(match.document == "regular" for match in hits[0].matches)
    assert ("regular", True) in hits[0].excerpt()
    assert "<mark>regular</mark>" in hits._repr_html_() and "regular expression" in hits[0].snippet


def test_explanations_add_up(texts: pleiad.Collection) -> None:
    hits = texts.search("lines of a file", k=1)
    explanation = texts.explain("lines of a file", hits.keys[0])
    assert explanation.score == pytest.approx(hits[0].score, abs=1e-5)
    shares = sum(token["score"] for token in explanation.tokens) + sum(term["score"] for term in explanation.terms)
    assert hits[0].parts is not None
    assert shares + hits[0].parts.sentence == pytest.approx(explanation.score, abs=1e-4)
    assert "lines" in str(explanation) and "<table>" in explanation._repr_html_()
    with pytest.raises(pleiad.NotFound, match="no document"):
        texts.explain("lines", "nowhere")


def test_filters_in_every_spelling(texts: pleiad.Collection) -> None:
    year = pleiad.F("year")
    for spelled in (year < 1975, "year < 1975", {"must": [{"key": "year", "range": {"lt": 1975}}]}):
        hits = texts.search("files", filter=spelled)
        assert (hits.keys, hits.num_matched) == (["grep"], 1)
    assert texts.count((pleiad.F("section") == 1) & ~(year >= 1975)) == 2
    assert texts.keys(year.is_empty()) == ["cron", "sort"]
    assert texts.keys(pleiad.F("_key").isin(["tar", 'a "quoted" key'])) == ["tar"]
    assert texts.keys(pleiad.F("_key").startswith("so") | (year == 1974)) == ["grep", "sort"]
    values = texts.values("section")
    assert values.counts == [(1, 3), (8, 1)] and (values.min, values.max) == (1, 8)
    with pytest.raises(pleiad.InvalidArgument, match="expected a value"):
        texts.count("year >=")
    with pytest.raises(TypeError, match="no truth value"):
        bool(year < 1975)


def test_groups(texts: pleiad.Collection) -> None:
    hits = texts.search("lines of files", k=2, group_by="section", group_size=2)
    assert hits.groups is not None
    assert [(group.value, len(group.hits)) for group in hits.groups] == [(1, 2), (8, 1)]


def test_documents_are_replaced_changed_and_deleted(texts: pleiad.Collection) -> None:
    before = texts.snapshot()
    assert texts.add(["tar"], texts=["tar is a tool"], on_conflict="skip")["num_kept"] == 1
    with pytest.raises(pleiad.Conflict, match="expected to be absent"):
        texts.add(["tar"], texts=["tar is a tool"], on_conflict="fail")
    assert texts.add(["tar"], texts=["zebras graze"])["num_replaced"] == 1
    assert texts.amend("grep", {"year": None, "stars": 5}) == 1
    assert texts.get("grep").attributes == {"section": 1, "stars": 5}  # type: ignore[union-attr]
    with pytest.raises(pleiad.InvalidArgument, match="more than 64 bits"):
        texts.amend("grep", {"stars": 2**64})
    assert texts.delete(["cron", "nowhere"]) == 1 and "cron" not in texts
    assert texts.delete(filter=pleiad.F("stars") == 5) == 1
    assert list(texts) == ["sort", "tar"] and len(texts) == 2
    assert texts.search("zebras", mode="words").keys == ["tar"]
    # What was held does not change.
    assert len(before) == 4 and before.get("tar").text == TEXTS["tar"]  # type: ignore[union-attr]


def test_tenants_know_nothing_of_each_other(tmp_path: Path) -> None:
    with pleiad.open(tmp_path / "mail", create=True, language="en", tenants=True) as mail:
        acme, zeta = mail.tenant("acme"), mail.tenant("zeta")
        acme.add(["a"], texts=["the invoice of May"], attributes=[{"year": 2020}])
        zeta.add(["a", "b"], texts=["a picnic in June", "the invoice of June"])
        assert zeta.search("invoice").keys[0] == "b" and acme.search("picnic").keys == ["a"]
        assert (len(acme), len(zeta), acme.count(filter="TRUE")) == (1, 2, 1)
        assert mail.tenants() == [("acme", 1), ("zeta", 2)]
        with pytest.raises(pleiad.InvalidArgument, match="name one"):
            mail.add(["c"], texts=["nobody's"])
        assert zeta.delete("a") == 1 and acme.get("a") is not None
        assert acme.delete(filter="TRUE") == 1 and mail.tenants() == [("zeta", 1)]
        with pytest.raises(pleiad.InvalidArgument):
            mail.tenant("")


def test_states_are_kept_under_names(texts: pleiad.Collection) -> None:
    texts.name_snapshot("first")
    texts.delete("tar")
    assert texts.snapshots() == ["first"]
    assert "tar" in texts.snapshot("first") and "tar" not in texts
    texts.drop_snapshot("first")
    with pytest.raises(pleiad.NotFound):
        texts.snapshot("first")


def test_bad_input_is_named_and_changes_nothing(texts: pleiad.Collection, tmp_path: Path) -> None:
    with pytest.raises(pleiad.InvalidArgument, match="2 keys and 1 texts"):
        texts.add(["a", "b"], texts=["one"])
    with pytest.raises(pleiad.InvalidArgument, match="k is 0"):
        texts.search("files", k=0)
    with pytest.raises(pleiad.InvalidArgument, match="recall is 2"):
        texts.search("files", recall=2)
    with pytest.raises(pleiad.InvalidArgument, match='mode is "fast"'):
        texts.search("files", mode="fast")
    with pytest.raises(pleiad.InvalidArgument, match="no word"):
        texts.search("")
    with pytest.raises(ValueError):
        texts.add(["nan"], texts=["x"], attributes=[{"a": float("nan")}])
    with pytest.raises(pleiad.NotFound):
        pleiad.open(tmp_path / "nowhere")
    with pytest.raises(pleiad.InvalidArgument, match="create=True"):
        pleiad.open(tmp_path / "nowhere", dim=3)
    assert len(texts) == 4 and texts.verify() == []


def test_a_collection_waits_for_its_first_documents(tmp_path: Path) -> None:
    with pleiad.open(tmp_path / "new", create=True) as new:
        assert len(new) == 0 and list(new) == [] and "a" not in new
        with pytest.raises(pleiad.NotFound, match="no documents yet"):
            new.search("anything")
        with pytest.raises(pleiad.InvalidArgument):
            new.add([""], texts=["a text without a key"])
        assert not (tmp_path / "new").exists()
        with pytest.warns(UserWarning, match="words alone"):
            german = "Die Störche kommen im Frühling zurück und bauen ihre Nester auf den alten Schornsteinen der Häuser"
            new.add(["a"], texts=[german])
        assert new.search("Störche").keys == ["a"]
    with pytest.raises(pleiad.InvalidArgument, match="was closed"):
        new.count()


def test_the_encoder_gives_the_vectors_that_collections_have(texts: pleiad.Collection) -> None:
    encoder = pleiad.Encoder.load()
    query = encoder.encode_query("unpack an archive")
    assert query.shape[1] == encoder.dim == texts.info()["schema"]["dim"]
    several = encoder.encode_document(list(TEXTS.values()))
    assert len(several) == 4 and (encoder.encode_document(TEXTS["tar"]) == several[0]).all()
    by_text = texts.search("unpack an archive", mode="vectors")
    assert texts.search(query, mode="vectors").keys == by_text.keys
