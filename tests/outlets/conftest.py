import pytest
from planted import plant

from cms.staff import welcome
from membership.services import give


@pytest.fixture
def planted(request, ada, ben, inner, cohort, outer, emil, olga, settings, tmp_path):
    """The school, its cohort with a lesson being spoken and one that is over. On the disk: all its bytes come through us."""
    settings.S3_BUCKET = ""
    settings.STORE_ROOT, settings.LIVE_ROOT = tmp_path / "store", tmp_path / "live"
    welcome(emil)
    welcome(olga)
    return plant(ada=ada, inner=inner, ben=ben, cohort=cohort)


@pytest.fixture
def buyer(hal, planted):
    """hal, who has bought both courses."""
    for name in ("tea", "ink"):
        give(person=hal, scope=f"course:{planted.things[name]}", source=f"test:hal:{name}")
    return hal
