import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # scene, oracle

from live.services.broadcasts import prepare_broadcast


@pytest.fixture
def broadcast(live_lesson, cohort, other_cohort):
    """The live lesson's room, relayed to ben's cohort and to bob's."""
    return prepare_broadcast(lesson=live_lesson)
