"""A handoff's level and the moment it was offered as columns, taken out of its body: the two engines read JSON differently, and
what was offered since a day is found without reading everything."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HANDOFF = sa.table("handoff", *(sa.column(name) for name in ("handoff_id", "body", "level", "offered_ms")))


def upgrade() -> None:
    op.add_column("handoff", sa.Column("level", WHOLE, nullable=False, server_default="0"))
    op.add_column("handoff", sa.Column("offered_ms", WHOLE, nullable=False, server_default="0"))
    rows = op.get_bind().execute(sa.select(HANDOFF.c.handoff_id, HANDOFF.c.body)).fetchall()
    for handoff_id, text in rows:
        body = json.loads(text)
        filled = sa.update(HANDOFF).values(level=body["level"], offered_ms=body["offered_at_ms"])
        op.execute(filled.where(HANDOFF.c.handoff_id == handoff_id))
    op.create_index("handoff_offered", "handoff", ["offered_ms"])
