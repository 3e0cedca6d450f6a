"""Which patches of a page image answer a question."""

from __future__ import annotations

import html

import numpy as np
import numpy.typing as npt

from ._arrays import Rows
from ._errors import InvalidArgument


class Patches:
    """Similarities of a question's tokens to the patches of a page, which are rows of a document, line by line."""

    def __init__(self, key: str, query: Rows, document: Rows, rows: int, columns: int, first: int) -> None:
        last = first + rows * columns
        if rows < 1 or columns < 1 or first < 0 or last > len(document):
            raise InvalidArgument(
                f"a grid of {rows} x {columns} from row {first} on takes {last:,} rows, and {key!r} has {len(document):,}"
            )
        similarity = query @ document.T
        best = similarity.argmax(axis=1)
        shares = np.zeros(len(document), np.float32)
        np.add.at(shares, best, similarity.max(axis=1))
        self.key = key
        """The key of the document."""
        self.score = float(shares.sum())
        """MaxSim of the question and the page."""
        self.similarity: Rows = similarity[:, first:last].reshape(len(query), rows, columns)
        """Similarities `[tokens, rows, columns]`."""
        self.shares: npt.NDArray[np.float32] = shares[first:last].reshape(rows, columns)
        """What each patch gave to the score `[rows, columns]`: a token counts for the patch that it met best."""
        self.outside = self.score - float(self.shares.sum())
        """What rows beside the grid gave, such as those of an instruction."""

    def to_svg(self, image: str | None = None, token: int | None = None, width: int = 320) -> str:
        """The grid as a picture: patches by their greatest similarity, or by that to one token; those that count have a frame.

        `image` is the address of the page, a `data:` one too, which is laid under the grid.
        """
        rows, columns = self.shares.shape
        values = self.similarity.max(axis=0) if token is None else self.similarity[token]
        low, high = float(values.min()), float(values.max())
        side, strongest = width / columns, float(self.shares.max()) or 1.0
        height = side * rows
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.1f}" width="{width}" height="{height:.0f}">'
        ]
        if image is not None:
            at = f'width="{width}" height="{height:.1f}" preserveAspectRatio="none"'
            parts.append(f'<image href="{html.escape(image, quote=True)}" {at}/>')
        for row in range(rows):
            for column in range(columns):
                share = float(self.shares[row, column])
                depth = (float(values[row, column]) - low) / (high - low) if high > low else 0.0
                frame = f' stroke="#c0392b" stroke-width="{0.5 + 1.5 * share / strongest:.1f}"' if share > 0 else ""
                told = f"<title>row {row}, column {column}: {values[row, column]:.3f}, share {share:.3f}</title>"
                parts.append(
                    f'<rect x="{column * side:.1f}" y="{row * side:.1f}" width="{side:.1f}" height="{side:.1f}" '
                    f'fill="rgb(255,140,0)" fill-opacity="{0.75 * depth:.2f}"{frame}>{told}</rect>'
                )
        return "".join(parts) + "</svg>"

    def __repr__(self) -> str:
        rows, columns = self.shares.shape
        return f"Patches(key={self.key!r}, score={self.score:.4f}, grid={rows} x {columns}, outside={self.outside:.4f})"

    def _repr_html_(self) -> str:
        """The picture with its sums."""
        told = f"{html.escape(self.key)}: {self.score:.4f}, of which {self.outside:.4f} beside the grid"
        return f"{self.to_svg()}<br><small>{told}</small>"
