"""The locks are what pyproject.toml asks for, hashed, and name no host."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.house
ROOT = settings.BASE_DIR
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def _pins(lock):
    return {canonicalize_name(name): version for name, version in PINNED.findall((ROOT / lock).read_text("utf-8"))}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-speech.lock"])
def test_a_lock_names_no_host_and_no_path(lock):
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"https?:|file:|@ |--(extra-)?index-url|--find-links|/home/|/root/|/tmp/", text)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-speech.lock"])
def test_every_line_of_a_lock_has_a_hash(lock):
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip())
    assert [entry.split()[0] for entry in entries if not entry.startswith("#") and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements-dev.lock", PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]),
        (
            "requirements-speech.lock",
            PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["speech"],
        ),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(lock, wanted):
    pins = _pins(lock)
    for requirement in map(Requirement, wanted):
        pinned = pins.get(canonicalize_name(requirement.name))
        assert pinned, f"{requirement}: run `make lock`"
        assert requirement.specifier.contains(pinned), f"{requirement}, not {pinned}: run `make lock`"


def test_development_runs_on_the_versions_that_are_shipped():
    shipped = _pins("requirements.lock").items()
    for lock in ("requirements-dev.lock", "requirements-speech.lock"):
        pins = _pins(lock)
        assert {name: version for name, version in shipped if pins.get(name) != version} == {}


def test_the_school_imports_only_what_its_own_lock_brings():
    """Else it starts wherever the tests have been, and nowhere else."""
    core, extra = _pins("requirements.lock"), _pins("requirements-speech.lock")
    homes = packages_distributions()
    missing = set()
    for file in [path for folder in ("platform", "courses", "live", "cms") for path in (ROOT / folder).rglob("*.py")]:
        brought = extra if file == ROOT / "platform/media/speech/hearing.py" else core  # run by path, and only with it
        for name in _imported(ast.parse(file.read_text("utf-8"))):
            if homes.get(name) and not any(canonicalize_name(home) in brought for home in homes[name]):
                missing.add((name, str(file.relative_to(ROOT))))
    assert missing == set()


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
