"""Rotation of the key-encryption key, legal holds, retention; and no entry of the audit log is put in another's place."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True}
ONCE = (  # INSERT OR REPLACE, which PostgreSQL does not have
    "CREATE TRIGGER audit_entry_once BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq)"
    " BEGIN SELECT RAISE(ABORT, 'audit entries stay as they are'); END"
)


def upgrade() -> None:
    call = sa.ForeignKey("vault_data_key.call_id")
    op.create_table(
        "vault_wrapping",
        sa.Column("call_id", sa.Text, call, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        **STRICT,
    )
    op.create_table(
        "vault_rotation",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        **STRICT,
    )
    op.create_table("vault_retired", sa.Column("key_id", sa.Text, primary_key=True), **STRICT)
    op.create_table(
        "vault_secret",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        **STRICT,
    )
    _holds()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(ONCE)


def _holds() -> None:
    op.create_table(
        "vault_hold",
        sa.Column("hold_id", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, sa.ForeignKey("vault_data_key.call_id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("placed_at", sa.Text, nullable=False),
        sa.Column("released_at", sa.Text),
        **STRICT,
    )
    standing = sa.text("released_at IS NULL")
    op.create_index("vault_hold_standing", "vault_hold", ["call_id"], sqlite_where=standing, postgresql_where=standing)
    op.create_table(
        "vault_retention",
        sa.Column("one", WHOLE, sa.CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
        sa.Column("applied_at", sa.Text, nullable=False),
        **STRICT,
    )
