import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # scene, oracle

from live.services.broadcasts import prepare_broadcast


@pytest.fixture
def broadcast(live_lesson, cohort, other_cohort):
    """The live lesson's room, relayed to ben's cohort and to bob's."""
    return prepare_broadcast(lesson=live_lesson)


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
