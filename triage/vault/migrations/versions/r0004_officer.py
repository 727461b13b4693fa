"""Cosignatures of witnesses, break-glass, accounting of disclosures, and from which number a call came."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True}


def upgrade() -> None:
    op.create_table(
        "audit_cosignature",
        sa.Column("witness", sa.Text, primary_key=True),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        **STRICT,
    )
    op.create_table(
        "call_from",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("caller", sa.Text, nullable=False),
        **STRICT,
    )
    op.create_index("call_from_caller", "call_from", ["caller"])
    op.create_table(
        "break_glass",
        sa.Column("ask_id", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_ms", WHOLE, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="asked"),
        sa.Column("decided_by", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("until_ms", WHOLE, nullable=False, server_default="0"),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused')"),
        sa.CheckConstraint("decided_by <> asked_by"),
        **STRICT,
    )
    op.create_table(
        "disclosure",
        sa.Column("disclosure_id", sa.Text, primary_key=True),
        sa.Column("caller", sa.Text),
        sa.Column("call_id", sa.Text),
        sa.CheckConstraint("(caller IS NULL) <> (call_id IS NULL)"),
        **STRICT,
    )
    op.create_index("disclosure_caller", "disclosure", ["caller"])
    op.create_index("disclosure_call", "disclosure", ["call_id"])
