"""Folders of models."""

from __future__ import annotations

import os


def places() -> dict[str, str | None]:
    """`PLEIAD_MODELS`, and the cache of the hub's own client. Nothing is fetched."""
    home = os.environ.get("HF_HOME") or os.path.join(os.path.expanduser("~"), ".cache", "huggingface")
    return {
        "models": os.environ.get("PLEIAD_MODELS") or None,
        "cache": os.environ.get("HF_HUB_CACHE") or os.path.join(home, "hub"),
    }
