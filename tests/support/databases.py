"""A migrated database for each worker in well under a second: copied from a template that is built once."""

import contextlib
import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase


def pytest_configure(config):
    # Flushing would also take what migrations put there (Wagtail's root page), and the ledger refuses DELETE.
    TransactionTestCase._fixture_teardown = lambda case: _kind().restore()


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_blocker):
    """Replaces pytest-django's own: the database named in the settings *is* the test database."""
    kind = _kind()
    with django_db_blocker.unblock():
        kind.template = prepare(kind, request.config)
        kind.restore()
        yield
        kind.remove()


def prepare(kind, config):
    """The template, made now if it is not there."""
    folder = Path(config.cache.mkdir("databases"))
    with _only_one(folder / f"{type(kind).__name__}.lock"):
        return kind.find_or_build(folder)


class Sqlite:
    """The template is a file; restoring writes its pages through SQLite, so open connections see them."""

    template = Path()

    def find_or_build(self, folder: Path) -> Path:
        template = folder / f"{_fingerprint()}.sqlite3"
        if template.exists():
            return template
        for old in folder.glob("*.sqlite3*"):
            old.unlink()
        making = template.with_suffix(".making.sqlite3")
        _migrate(f"sqlite:///{making}")
        with contextlib.closing(sqlite3.connect(making)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
        making.rename(template)
        return template

    def restore(self) -> None:
        connections.close_all()
        with (
            contextlib.closing(sqlite3.connect(f"file:{self.template}?immutable=1", uri=True)) as source,
            contextlib.closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=20)) as target,
        ):
            source.backup(target)

    def remove(self) -> None:
        connections.close_all()


# Rows are put back, not the database: a school that a test left running keeps its lines to it. As a replica no trigger
# speaks up, so the ledger lets itself be emptied.
PRISTINE = """
CREATE SCHEMA pristine;
CREATE TABLE pristine.sequences AS
    SELECT schemaname || '.' || quote_ident(sequencename) AS name, last_value FROM pg_sequences WHERE schemaname = 'public';
DO $$
DECLARE name text; is_filled boolean;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO is_filled;
        IF is_filled THEN
            EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', name);
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION pristine.restore() RETURNS void SET session_replication_role = replica LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', name);
    END LOOP;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'pristine' AND tablename <> 'sequences' LOOP
        EXECUTE format('INSERT INTO public.%1$I SELECT * FROM pristine.%1$I', name);
    END LOOP;
    PERFORM setval(sequences.name::regclass, coalesce(last_value, 1), last_value IS NOT NULL) FROM pristine.sequences;
END $$;
"""


class Postgres:
    """The template is a database that each worker's own is created from; between tests its rows are put back."""

    template = ""
    is_there = False

    def find_or_build(self, folder: Path) -> str:
        template = f"qunke_template_{_fingerprint()}"
        with self._server() as server:
            if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
                return template
            making = f"{template}_making"
            server.execute(f"DROP DATABASE IF EXISTS {making} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {making} TEMPLATE template0 ENCODING 'UTF8'")
            url = urlunsplit(urlsplit(os.environ["TEST_POSTGRES_URL"])._replace(path=f"/{making}"))
            _migrate(url)
            with contextlib.closing(psycopg.connect(url, autocommit=True)) as made:
                made.execute(PRISTINE)
            server.execute(f"ALTER DATABASE {making} RENAME TO {template}")
        return template

    def restore(self) -> None:
        connections.close_all()
        if self.is_there:
            with contextlib.closing(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)) as own:
                own.execute("SELECT pristine.restore()")
            return
        self.remove()
        with self._server() as server:
            server.execute(f"CREATE DATABASE {self._name} TEMPLATE {self.template}")
        self.is_there = True

    def remove(self) -> None:
        self.is_there = False
        connections.close_all()
        connections["default"].close_pool()
        with self._server() as server:
            server.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    @property
    def _name(self) -> str:
        return settings.DATABASES["default"]["NAME"]

    @staticmethod
    def _server():
        return contextlib.closing(psycopg.connect(os.environ["TEST_POSTGRES_URL"], autocommit=True))


KINDS = {"django.db.backends.sqlite3": Sqlite(), "django.db.backends.postgresql": Postgres()}


def _kind() -> Sqlite | Postgres:
    return KINDS[settings.DATABASES["default"]["ENGINE"]]


def _fingerprint() -> str:
    """Changes when any migration of any app does."""
    seen = hashlib.sha256(PRISTINE.encode())
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path, "migrations").glob("*.py")):
            seen.update(f"{app.label}/{path.name}".encode() + path.read_bytes())
    return seen.hexdigest()[:12]


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.exit(f"The migrations do not run:\n{done.stderr}", returncode=3)


@contextlib.contextmanager
def _only_one(path: Path):
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
