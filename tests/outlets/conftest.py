import pytest
from planted import plant

from cms.staff import welcome
from courses.feeds.keys import issue
from membership.services import give


@pytest.fixture
def planted(request, ada, ben, cat, dan, inner, cohort, outer, emil, olga, settings, tmp_path):
    """The school, its cohort with a lesson being spoken and one that is over. On the disk: all its bytes come through us."""
    settings.S3_BUCKET = ""
    settings.STORE_ROOT, settings.LIVE_ROOT = tmp_path / "store", tmp_path / "live"
    welcome(emil)
    welcome(olga)
    planted = plant(ada=ada, inner=inner, ben=ben, cohort=cohort)
    for person in (ben, dan, cat):
        planted.things[f"{person.email.partition('@')[0]}.feed"] = issue(person=person)[1]
    return planted


@pytest.fixture
def buyer(hal, planted):
    """hal, who has bought both courses."""
    for name in ("tea", "ink"):
        give(person=hal, scope=f"course:{planted.things[name]}", source=f"test:hal:{name}")
    return hal
