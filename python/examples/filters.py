"""Filters, values and groups."""

import tempfile

import pleiad
from pleiad import F

with tempfile.TemporaryDirectory() as folder, pleiad.open(f"{folder}/news", create=True, language="en") as news:
    news.add(
        ["a", "b", "c", "d"],
        texts=["Storks return in spring", "Storks build nests", "A storm floods the market", "Storks fly to Africa"],
        attributes=[{"year": 2019, "tag": ["birds"]}, {"year": 2021, "tag": ["birds"]}, {"year": 2021}, {"year": 2022}],
    )
    recent = (F("year") >= 2020) & F("tag").isin(["birds"])
    print(news.search("storks", filter=recent).keys, news.count(F("year") >= 2020), news.values("year").counts)
    groups = news.search("storks", k=3, group_by="year").groups
    assert groups is not None
    for group in groups:
        print(group.value, [hit.key for hit in group.hits])
