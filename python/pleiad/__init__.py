"""Search sets of vectors: late interaction, words and filters, in one folder and without a server.

>>> import pleiad
>>> with pleiad.open("notes", create=True) as notes:                    # doctest: +SKIP
...     notes.add(["alps"], texts=["We hiked across the Alps."])
...     notes.search("trip to the mountains")[0].key
'alps'
"""

from ._collection import Collection, Document, Snapshot, Values, open
from ._curve import Curve, Point
from ._encoder import Encoder
from ._engine import __version__
from ._errors import (
    Conflict,
    Corrupt,
    Internal,
    InvalidArgument,
    NotFound,
    PleiadError,
    Unavailable,
    Unsupported,
)
from ._evaluation import Comparison, Evaluation, evaluate, evaluate_run, read_qrels, read_run, recall_curve
from ._explanation import Explanation
from ._filters import F, Filter
from ._hits import Group, Hit, Hits, Match, Parts
from ._patches import Patches

__all__ = [
    "Collection",
    "Comparison",
    "Conflict",
    "Corrupt",
    "Curve",
    "Document",
    "Encoder",
    "Evaluation",
    "Explanation",
    "F",
    "Filter",
    "Group",
    "Hit",
    "Hits",
    "Internal",
    "InvalidArgument",
    "Match",
    "NotFound",
    "Parts",
    "Patches",
    "PleiadError",
    "Point",
    "Snapshot",
    "Unavailable",
    "Unsupported",
    "Values",
    "__version__",
    "evaluate",
    "evaluate_run",
    "open",
    "read_qrels",
    "read_run",
    "recall_curve",
]
