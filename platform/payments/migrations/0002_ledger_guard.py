"""The ledger is append-only and balanced, and the database itself says so.

PostgreSQL checks Σ = 0 in a deferred constraint trigger. SQLite has none, but it has deferred foreign keys: while the
entries of a transaction do not add up, its row in `payments_balance` points into a table that stays empty, and COMMIT
fails. A later migration that makes Django rebuild a ledger table on SQLite drops these triggers and must make them anew.
"""

from django.db import migrations

TABLES = ["payments_transaction", "payments_entry"]
REFUSAL = "the ledger is append-only"

SQLITE = [
    *(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TABLE payments_nothing (id INTEGER PRIMARY KEY)",
    """CREATE TRIGGER payments_nothing_stays_empty BEFORE INSERT ON payments_nothing
    BEGIN SELECT RAISE(ABORT, 'this table stays empty'); END""",
    """CREATE TABLE payments_balance (
        transaction_id INTEGER NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL,
        unbalanced INTEGER REFERENCES payments_nothing (id) DEFERRABLE INITIALLY DEFERRED,
        PRIMARY KEY (transaction_id, currency))""",
    """CREATE TRIGGER payments_entry_balances AFTER INSERT ON payments_entry BEGIN
        INSERT INTO payments_balance VALUES (NEW.transaction_id, NEW.currency, NEW.amount, NULLIF(NEW.amount <> 0, 0))
        ON CONFLICT (transaction_id, currency) DO UPDATE SET
            amount = amount + excluded.amount, unbalanced = NULLIF(amount + excluded.amount <> 0, 0);
    END""",
]

POSTGRESQL = [
    f"""CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    *(
        f"""CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change()"""
        for table in TABLES
    ),
    """CREATE FUNCTION payments_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM payments_entry WHERE transaction_id = NEW.transaction_id
                   GROUP BY currency HAVING sum(amount) <> 0) THEN
            RAISE EXCEPTION 'ledger transaction % does not add up to zero', NEW.transaction_id
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE CONSTRAINT TRIGGER payments_entry_balances AFTER INSERT ON payments_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_balance()""",
]


def guard(apps, editor):
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)  # no parameters: a percent sign is only a percent sign


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunPython(guard)]
