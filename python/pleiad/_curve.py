"""Recall against cost, as numbers and as a picture."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One recall that was asked for."""

    asked: float
    promised: float | None
    """The lowest promise among the answers; None where one had none."""
    found: float
    """Mean share of the exact hits."""
    cpu_ms: float
    """Processor time of a question, in milliseconds."""
    num_reranked: float
    """Mean number of documents that were scored exactly."""


class Curve:
    """Points in the order in which they were asked for; a notebook shows the picture."""

    def __init__(self, points: list[Point], k: int, num_queries: int, exact_cpu_ms: float) -> None:
        self.points, self.k, self.num_queries = points, k, num_queries
        self.exact_cpu_ms = exact_cpu_ms
        """Processor time of an exact answer."""

    def __repr__(self) -> str:
        rows = "\n".join(
            f"  asked {one.asked:.3g}  found {one.found:.4f}  {one.cpu_ms:.3f} CPU-ms  {one.num_reranked:.0f} scored exactly"
            for one in self.points
        )
        return f"Curve of {self.num_queries} queries, {self.k} hits; exact: {self.exact_cpu_ms:.3f} CPU-ms\n{rows}"

    def to_svg(self) -> str:
        """The picture: found share of the exact hits over milliseconds of processor time, on a logarithmic scale."""
        times = [max(one.cpu_ms, 1e-3) for one in self.points] + [max(self.exact_cpu_ms, 1e-3)]
        found = [one.found for one in self.points]
        low, high = _decades(times)
        bottom = math.floor(10 * min(found, default=0.0)) / 10
        bottom = min(bottom, 0.9)

        def place(cpu_ms: float, share: float) -> tuple[float, float]:
            across = (math.log10(max(cpu_ms, 1e-3)) - low) / (high - low)
            return 60 + 430 * across, 320 - 300 * (share - bottom) / (1 - bottom)

        parts = []
        for exponent in range(low, high + 1):
            x, _ = place(10.0**exponent, 1.0)
            parts.append(f'<path d="M{x:.1f} 320L{x:.1f} 20" stroke="#ccc"/>')
            parts.append(f'<text x="{x:.1f}" y="336" text-anchor="middle">{10.0**exponent:g}</text>')
        for step in range(5):
            share = bottom + step * (1 - bottom) / 4
            _, y = place(1.0, share)
            parts.append(f'<path d="M60 {y:.1f}L490 {y:.1f}" stroke="#ccc"/>')
            parts.append(f'<text x="54" y="{y + 4:.1f}" text-anchor="end">{share:.3g}</text>')
        ordered = sorted(self.points, key=lambda one: one.cpu_ms)
        line = " ".join("{:.1f},{:.1f}".format(*place(one.cpu_ms, one.found)) for one in ordered)
        parts.append(f'<polyline points="{line}" fill="none" stroke="#1b6ca8" stroke-width="2"/>')
        for one in self.points:
            x, y = place(one.cpu_ms, one.found)
            told = f"asked {one.asked:.3g}, found {one.found:.4f}, {one.cpu_ms:.3f} CPU-ms"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1b6ca8"><title>{told}</title></circle>')
            parts.append(f'<text x="{x + 6:.1f}" y="{y + 14:.1f}">{one.asked:.3g}</text>')
        x, y = place(self.exact_cpu_ms, 1.0)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#c0392b"/><text x="{x:.1f}" y="{y - 7:.1f}">exact</text>')
        caption = (
            f"share of the exact {self.k} hits over CPU-ms per query, {self.num_queries} queries; labels: recall asked for"
        )
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 360" font-family="sans-serif" font-size="11">'
            f'<rect width="520" height="360" fill="white"/>{"".join(parts)}<text x="60" y="354">{caption}</text></svg>'
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.to_svg())

    def _repr_svg_(self) -> str:
        return self.to_svg()


def _decades(times: list[float]) -> tuple[int, int]:
    """Powers of ten around all times, at least one apart."""
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    return low, max(high, low + 1)
