"""What every change is held to, so that `pytest` alone says it: lint, types, layers, catalogs, migrations, words."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import databases
import pytest
from django.conf import settings

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]
ROOT = settings.BASE_DIR
BIN = Path(sys.executable).parent
SOURCES = ["platform", "courses", "live", "cms"]
TYPESCRIPT = "typescript@5.9.3"


def says_nothing_wrong(*command):
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def tracked(*patterns):
    """Our files: those git would list, without what is vendored."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
        found = [ROOT / name for name in names if name]
    else:
        found = [path for pattern in patterns for path in ROOT.rglob(pattern)]
    foreign = {"vendor", "node_modules", ".venv", "var"}
    return [path for path in found if path.is_file() and not foreign & set(path.relative_to(ROOT).parts)]


def test_types_hold():
    says_nothing_wrong(BIN / "mypy")


@pytest.mark.parametrize("kind", [databases.Sqlite, databases.Postgres])
def test_the_migrations_make_a_database_of_nothing(kind, request):
    """It is kept: what is tested next begins with a copy of it."""
    if kind is databases.Postgres and not os.environ.get("TEST_POSTGRES_URL"):
        pytest.skip("PostgreSQL not provided (TEST_POSTGRES_URL)")
    assert databases.prepare(kind(), request.config)


def test_ruff_finds_nothing():
    says_nothing_wrong(BIN / "ruff", "check", "--output-format", "concise", ".")


def test_python_is_formatted():
    says_nothing_wrong(BIN / "ruff", "format", "--check", ".")


def test_imports_go_downward_only():
    says_nothing_wrong(BIN / "lint-imports")


def test_templates_are_clean():
    if tracked("*.html"):
        says_nothing_wrong(BIN / "djlint", *SOURCES, "--check", "--lint", "--quiet")


def test_browser_code_has_its_types():
    modules = [path for path in tracked("*.js", "*.mjs") if "tests" not in path.parts]
    if not modules:
        return
    if not shutil.which("npx"):
        pytest.skip("Node is not installed (npx)")
    config = ROOT / "tests/js/tsconfig.json"
    says_nothing_wrong("npx", "--yes", "--package", TYPESCRIPT, "tsc", "--project", config)


def test_browser_code_behaves():
    suites = tracked("tests/js/*.test.mjs")
    if not suites:
        return
    if not shutil.which("node"):
        pytest.skip("Node is not installed (node)")
    says_nothing_wrong("node", "--test", *suites)


def test_the_bootstrap_can_be_read_by_an_old_python():
    import ast

    source = (ROOT / "platform/config/bootstrap.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 6))


def test_no_migration_is_missing():
    says_nothing_wrong(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")


def test_django_finds_nothing():
    says_nothing_wrong(sys.executable, "manage.py", "check", "--fail-level", "WARNING")


def test_every_setting_is_in_the_readme_and_the_example():
    names = set(re.findall(r'env\.\w+\("([A-Z0-9_]+)"', (ROOT / "platform/config/settings.py").read_text("utf-8")))
    readme = set(re.findall(r"`([A-Z0-9_]+)`", (ROOT / "README.md").read_text("utf-8")))
    example = set(re.findall(r"(?m)^#?\s*([A-Z0-9_]+)=", (ROOT / ".env.example").read_text("utf-8")))
    assert names - readme == set(), "missing in the README's settings table"
    assert names - example == set(), "missing in .env.example"
    assert example - names == set(), "no longer read"


# Chinese, the source language, needs none
CATALOGS = sorted(
    path for app in SOURCES for path in (ROOT / app).rglob("locale/*/LC_MESSAGES/*.po") if "zh_Hans" not in path.parts
)


def test_every_catalog_is_complete():
    for catalog in CATALOGS:
        if not shutil.which("msgfmt"):
            pytest.skip("gettext is not installed (msgfmt)")
        done = subprocess.run(
            ["msgfmt", "--check-format", "--statistics", "-o", "/dev/null", catalog],
            capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        assert done.returncode == 0, f"{catalog}: {done.stderr}"
        assert not re.search("untranslated|fuzzy", done.stderr), f"{catalog}: {done.stderr}"
        assert catalog.with_suffix(".mo").exists(), f"{catalog}: manage.py compilemessages"


def test_nothing_that_is_committed_names_a_machine_or_a_registry():
    patterns = re.compile(r"(?:/root/|/home/\w+/|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|pypi\.org/simple)")
    telling = {"test_house.py", "test_lock.py"}  # name what they look for
    ours = tracked("*.py", "*.md", "*.sh", "*.toml", "*.lock", "*.yaml", "*.json", "Makefile", ".ci/*", "docker/*")
    named = [
        path for path in ours if path.name not in telling and patterns.search(path.read_text("utf-8", errors="replace"))
    ]
    assert named == []
