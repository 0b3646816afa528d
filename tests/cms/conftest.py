"""Every school of these tests keeps its bytes in a folder of its own."""

import pytest


@pytest.fixture(autouse=True)
def disk(settings, tmp_path):
    settings.S3_BUCKET, settings.STORE_ROOT = "", tmp_path / "store"
