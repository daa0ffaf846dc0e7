"""The whole schema: importing this module registers every table on `metadata`."""

from __future__ import annotations

from sqlalchemy import MetaData

from store.schema import chains, custody, derived, evidence, exceptions, marks, models, verdicts, witness_tables
from store.schema.base import Base

metadata: MetaData = Base.metadata

TABLES = (evidence, chains, models, verdicts, derived, witness_tables, custody, exceptions, marks)
"""The modules by topic; kept as a value so that no linter takes the imports for unused."""
