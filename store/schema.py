"""The whole schema: importing this module registers every table on `metadata`."""

from __future__ import annotations

from sqlalchemy import MetaData

from store import (
    schema_chains,
    schema_evidence,
    schema_kept,
    schema_labels,
    schema_learnt,
    schema_models,
    schema_taught,
    schema_witness,
)
from store.schema_base import Base

metadata: MetaData = Base.metadata

TABLES = (
    schema_evidence, schema_chains, schema_models, schema_labels, schema_learnt, schema_taught, schema_kept, schema_witness,
)  # fmt: skip
"""The modules by topic; kept as a value so that no linter takes the imports for unused."""
