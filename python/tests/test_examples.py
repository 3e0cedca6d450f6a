from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import notebook
import pytest
from conftest import random_sets

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run(example: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, example], capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_notebook_runs_and_shows_what_it_says() -> None:
    place = Path(__file__).parent.parent / "examples/tour.ipynb"
    kept = json.loads(place.read_text("utf-8"))["cells"]
    kinds = {
        kind for cell in notebook.run(place)["cells"] for output in cell.get("outputs", []) for kind in output.get("data", [])
    }
    assert kinds == {"text/plain", "text/html", "image/svg+xml"}
    assert all(cell["outputs"] for cell in kept if cell["cell_type"] == "code" and cell is not kept[-1])


@pytest.mark.parametrize("page", ["python.md", "from-others.md"])
def test_programs_of_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of Python that begin with `import pleiad`; those that need another package begin with its import."""
    text = (Path(__file__).parent.parent.parent / "docs" / page).read_text("utf-8")
    programs = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if block.startswith("import pleiad")]
    assert programs
    vectors = random_sets(1000, 128, 0)
    names: dict[str, Any] = {"vectors": vectors, "query": vectors[7][:4], "ids": [f"p{number}" for number in range(1000)]}
    names["years"] = [2000 + number % 30 for number in range(1000)]
    for number, program in enumerate(programs):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        exec(compile(program, page, "exec"), {"__name__": "__main__", **names})
