"""`platform/` is a source root and Python's own `platform` stays reachable; relations point downward only."""

import subprocess
import sys
import tomllib

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.house
ROOT = settings.BASE_DIR


def _layers():
    """App label → how high it stands; siblings share a height."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    lowest_first = reversed(contract["layers"])
    return {name.strip(" ()"): height for height, row in enumerate(lowest_first) for name in row.split("|")}


def test_platform_is_a_folder_and_not_a_package():
    assert not (ROOT / "platform/__init__.py").exists()


def test_nothing_under_tests_is_a_package():
    assert [path for path in (ROOT / "tests").rglob("__init__.py") if "node_modules" not in path.parts] == []


@pytest.mark.parametrize("words", [["-c"], ["-m", "timeit", "-n1", "-r1"]], ids=["-c", "-m"])
def test_pythons_own_platform_is_found_from_the_root(words):
    done = subprocess.run([sys.executable, *words, "import platform; print(platform.python_version())"], cwd=ROOT)
    assert done.returncode == 0


def test_manage_py_finds_both():
    code = "import platform, accounts; platform.python_version(); print(accounts.__file__)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert str(ROOT / "platform/accounts") in done.stdout


def test_every_app_has_its_place_among_the_layers():
    here = [config for config in apps.get_app_configs() if config.path.startswith(f"{ROOT}/")]
    ours = {config.name.partition(".")[0] for config in here if ".venv" not in config.path}
    assert ours <= _layers().keys(), "name the new app in [tool.importlinter] layers"


def test_relations_point_downward_only():
    heights = _layers()
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if model._meta.app_label in heights and field.is_relation and not field.auto_created
        if getattr(field.related_model, "_meta", None) and field.related_model._meta.app_label in heights
        if field.related_model._meta.app_label != model._meta.app_label
        if heights[field.related_model._meta.app_label] >= heights[model._meta.app_label]
    ]
    assert upward == []
