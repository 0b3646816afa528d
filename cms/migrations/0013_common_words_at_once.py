"""SQLite: what begins with one character is indexed as well, for most people type one or two.

Without it FTS5 puts the places of some hundred pairs together each time. A later migration that makes Django rebuild
`cms_passage` drops its triggers (see 0006) and must make them anew.
"""

from django.db import migrations

AGAIN = (
    "DROP TABLE cms_passage_words",
    """CREATE VIRTUAL TABLE cms_passage_words USING fts5(
        words, content='cms_passage', content_rowid='id', tokenize='ascii', detail='none', prefix='1')""",
    "INSERT INTO cms_passage_words (cms_passage_words) VALUES ('rebuild')",
)


def index_again(apps, editor):
    for statement in AGAIN if editor.connection.vendor == "sqlite" else ():
        editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [('cms', '0012_common_words')]

    operations = [migrations.RunPython(index_again, migrations.RunPython.noop)]
