"""Parameters of what frameworks call, recorded from the versions that the file names.

`python python/tests/signatures.py FRAMEWORK`, with that framework installed, prints its record anew.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

RECORDS: dict[str, Any] = json.loads((Path(__file__).parent / "signatures.json").read_text())

PACKAGE = Path(__file__).parent.parent / "pleiad"


def of_class(place: str, names: list[str]) -> dict[str, list[str]]:
    """Parameters of methods of an installed class, `module:Class`; keyword-only ones begin with a star."""
    module, _, name = place.partition(":")
    made = getattr(importlib.import_module(module), name)
    return {name: _shown(inspect.signature(getattr(made, name))) for name in names}


def of_source(framework: str, name: str) -> dict[str, list[str]]:
    """The same of a class of ours, read without importing it."""
    tree = ast.parse((PACKAGE / f"{framework}.py").read_text())
    made = next(one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)
    found = {one.name: _listed(one) for one in made.body if isinstance(one, ast.FunctionDef)}
    for one in made.body:  # update_documents = add_documents
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and isinstance(one.value, ast.Name):
            found[one.targets[0].id] = found.get(one.value.id, [])
    return found


def disagreements(framework: str) -> list[str]:
    """Calls that a framework may make by its record and that ours does not take."""
    wrong = []
    for name, record in RECORDS[framework]["classes"].items():
        ours = of_source(framework, name)
        for method, theirs in record["methods"].items():
            if method not in ours:
                wrong.append(f"{name}.{method} is missing")
                continue
            mine = ours[method]
            positional = [one for one in theirs if not one.startswith("*")]
            has_rest = any(one.startswith("**") for one in mine)
            if [one for one in mine if not one.startswith("*")][: len(positional)] != positional:
                wrong.append(f"{name}.{method} takes {mine}, and {theirs} are passed")
            for one in theirs:
                if one.startswith("*") and not one.startswith("**") and not has_rest and one not in mine:
                    wrong.append(f"{name}.{method} lacks the keyword {one[1:]}")
    return wrong


def recorded_and_installed(framework: str) -> tuple[Any, Any]:
    """The record of a framework, and the same from the installed one."""
    classes = RECORDS[framework]["classes"]
    found = {name: of_class(record["of"], list(record["methods"])) for name, record in classes.items()}
    return {name: record["methods"] for name, record in classes.items()}, found


def _shown(signature: inspect.Signature) -> list[str]:
    stars = {inspect.Parameter.KEYWORD_ONLY: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    named = [one for one in signature.parameters.values() if one.kind != inspect.Parameter.VAR_POSITIONAL]
    return [stars.get(one.kind, "") + one.name for one in named if one.name not in ("self", "cls")]


def _listed(function: ast.FunctionDef) -> list[str]:
    of = function.args
    named = [one.arg for one in [*of.posonlyargs, *of.args] if one.arg not in ("self", "cls")]
    return named + ["*" + one.arg for one in of.kwonlyargs] + (["**" + of.kwarg.arg] if of.kwarg else [])


if __name__ == "__main__":
    record = RECORDS[sys.argv[1]]
    for one in record["classes"].values():
        one["methods"] = of_class(one["of"], list(one["methods"]))
    print(json.dumps(record, indent=2))
