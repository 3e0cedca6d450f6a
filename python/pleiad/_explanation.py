"""Why a document has its score."""

from __future__ import annotations

import html
from typing import Any


class Explanation:
    """The parts of a score: what each token and term of the question gave. They add up to it."""

    def __init__(self, fields: dict[str, Any], text: str) -> None:
        self._text = text
        self.fields = fields
        """Everything, as `pleiad explain --json` prints it (docs/json.md)."""

    @property
    def key(self) -> str:
        """The key of the document."""
        return str(self.fields["key"])

    @property
    def score(self) -> float:
        """The score that is explained."""
        return float(self.fields["score"])

    @property
    def tokens(self) -> list[dict[str, Any]]:
        """The row that each query token met, with its similarity and its share of the score; none for words alone."""
        found = self.fields.get("tokens")
        if found is None:
            found = [{**part, "score": part["similarity"]} for part in self.fields.get("parts", []) if "similarity" in part]
        return list(found)

    @property
    def terms(self) -> list[dict[str, Any]]:
        """The terms of both sides with their shares of the score; none for vectors alone."""
        found = self.fields.get("terms")
        if found is None:
            found = [part for part in self.fields.get("parts", []) if "term" in part]
        return list(found)

    def __str__(self) -> str:
        return self._text.rstrip("\n")

    def __repr__(self) -> str:
        return f"Explanation(key={self.key!r}, score={self.score:.4f})"

    def _repr_html_(self) -> str:
        """A heat map: the stronger a pair, the deeper its color."""
        rows = []
        strongest = max((abs(token["score"]) for token in self.tokens), default=0.0) or 1.0
        for token in self.tokens:
            depth = max(token["score"], 0.0) / strongest
            query = token.get("query_text") or f"#{token['query_token']}"
            document = token.get("doc_text") or f"#{token['doc_token']}"
            rows.append(
                f"<tr><td>{html.escape(query)}</td>"
                f'<td style="background:rgba(255,160,0,{depth:.2f})">{html.escape(document)}</td>'
                f"<td>{token['score']:.4f}</td></tr>"
            )
        rows += [f"<tr><td></td><td>{html.escape(term['term'])}</td><td>{term['score']:.4f}</td></tr>" for term in self.terms]
        caption = f"<caption>{html.escape(self.key)}: {self.score:.4f}</caption>"
        return f"<table>{caption}<tr><th>question</th><th>document</th><th>share</th></tr>{''.join(rows)}</table>"
