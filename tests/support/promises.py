"""Figures that tests print as `make prove` does, and the scale at which they are taken."""

import json
import os
from pathlib import Path

import pytest


@pytest.fixture
def at_scale():
    """`at_scale(5, 30)`: the first number in the suite, the second for `make prove`."""
    return lambda suite, proof: proof if os.environ.get("FAULTS_FULL") else suite


@pytest.fixture
def promise(capsys):
    """Say how a promise was kept, in one line of JSON as `make prove` prints it. Only there does a figure decide:
    times measured while other tests run are told, not judged.
    """

    def tell(name, figure, unit, *, bound, kept, **more):
        line = json.dumps(
            {"promise": name, "figure": figure, "unit": unit, "bound": bound, "kept": kept, **more}, ensure_ascii=False
        )
        with capsys.disabled():
            print(line)
        if path := os.environ.get("FAULTS_FIGURES"):
            with Path(path).open("a") as file:
                file.write(f"{line}\n")

    return tell
