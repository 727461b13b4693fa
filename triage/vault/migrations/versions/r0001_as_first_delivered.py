"""The tables as they were before the vault had versions: made where they are missing, so that such a vault only gets its number."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
THERE = {"sqlite_strict": True, "if_not_exists": True}

SQLITE_TRIGGERS = (
    "CREATE TRIGGER IF NOT EXISTS audit_entry_stays BEFORE DELETE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'audit entries stay'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_entry_unchanged BEFORE UPDATE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'audit entries stay as they are'); END",
)
POSTGRESQL_TRIGGERS = (
    "CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'audit entries stay as they are' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER audit_entry_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_entry"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay()",
)


def upgrade() -> None:
    _vault()
    _audit()
    _calls()
    _desk()
    for statement in POSTGRESQL_TRIGGERS if op.get_bind().dialect.name == "postgresql" else SQLITE_TRIGGERS:
        op.execute(statement)


def _vault() -> None:
    op.create_table(
        "vault_data_key",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("shredded_at", sa.Text),
        sa.CheckConstraint("(wrapped IS NULL) = (shredded_at IS NOT NULL)"),
        **THERE,
    )
    op.create_table(
        "vault_record",
        sa.Column("number", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("call_id", sa.Text, sa.ForeignKey("vault_data_key.call_id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        **THERE,
    )
    op.create_index("vault_record_by_call", "vault_record", ["call_id", "kind", "number"], if_not_exists=True)
    op.create_table(
        "vault_counter",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", WHOLE, nullable=False),
        **THERE,
    )
    op.execute("INSERT INTO vault_counter (name, value) VALUES ('record', 0) ON CONFLICT (name) DO NOTHING")


def _audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        **THERE,
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        **THERE,
    )
    op.create_table("audit_export", sa.Column("size", WHOLE, primary_key=True, autoincrement=False), **THERE)


def _calls() -> None:
    op.create_table(
        "call",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("began_ms", WHOLE, nullable=False),
        sa.Column("ended_ms", WHOLE),
        sa.Column("drill", WHOLE, nullable=False),
        sa.Column("level", WHOLE, nullable=False, server_default="1"),
        **THERE,
    )
    op.create_table(
        "seen",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("at_ms", WHOLE, nullable=False),
        **THERE,
    )
    op.create_index("seen_caller", "seen", ["caller"], if_not_exists=True)


def _desk() -> None:
    op.create_table(
        "handoff",
        sa.Column("handoff_id", sa.Text, primary_key=True),
        sa.Column("idempotency_key", sa.Text, nullable=False, unique=True),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("state", WHOLE, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        **THERE,
    )
    waiting = sa.text("state <> 6")
    op.create_index(
        "handoff_open", "handoff", ["state"], sqlite_where=waiting, postgresql_where=waiting, if_not_exists=True
    )
    op.create_table(
        "outbox",
        sa.Column("handoff_id", sa.Text, primary_key=True),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("attempts", WHOLE, nullable=False, server_default="0"),
        sa.Column("next_ms", WHOLE, nullable=False, server_default="0"),
        **THERE,
    )
