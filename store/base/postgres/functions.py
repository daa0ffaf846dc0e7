"""Functions that SQLite has, or that the store gives it, for PostgreSQL: made once in a workspace's database, with its tables.

Plain SQL and PL/pgSQL, which every server has and a role without privileges may use. Whoever changes one adds a migration.
"""

from __future__ import annotations

import sys
from functools import cache

from store.base.postgres.escaping import MARK

_MARK_BYTES = "".join(f"{byte:02x}" for byte in MARK.encode())

SIMPLE = (
    # Whole numbers only: what the store hands over as JSON are ids and ranks.
    "CREATE FUNCTION json_each(listed text) RETURNS TABLE (value bigint) LANGUAGE sql IMMUTABLE AS"
    " $$SELECT e.value::bigint FROM json_array_elements_text(listed::json) e$$",
    # NULL where one of them is, as in SQLite; greatest() would leave it out.
    "CREATE FUNCTION max(one bigint, other bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS"
    " $$SELECT greatest(one, other)$$",
    "CREATE FUNCTION max(one bigint, other bigint, third bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS"
    " $$SELECT greatest(one, other, third)$$",
    "CREATE FUNCTION min(one bigint, other bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$SELECT least(one, other)$$",
    "CREATE FUNCTION substr(whole text, start bigint, count bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS"
    " $$SELECT pg_catalog.substr(whole, start::integer, count::integer)$$",
    "CREATE FUNCTION instr(whole bytea, part bytea) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS"
    " $$SELECT position(part IN whole)$$",
    "CREATE FUNCTION add_truth(count bigint, one boolean) RETURNS bigint LANGUAGE sql IMMUTABLE AS"
    " $$SELECT CASE WHEN one IS NULL THEN count ELSE coalesce(count, 0) + one::integer END$$",
    "CREATE AGGREGATE sum(boolean) (SFUNC = add_truth, STYPE = bigint)",
    "CREATE FUNCTION joined(text, one bigint) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$SELECT CASE WHEN one IS NULL THEN $1 WHEN $1 IS NULL THEN one::text ELSE $1 || ',' || one END$$",
    "CREATE AGGREGATE group_concat(bigint) (SFUNC = joined, STYPE = text)",
    # Of a text the bytes that stand in SQLite (store/base/text.py), so that digests are the same in both.
    f"""CREATE FUNCTION octets(stored text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT CASE WHEN strpos(stored, '{MARK}') = 0 THEN convert_to(stored, 'UTF8') ELSE (
    SELECT coalesce(string_agg(CASE
        WHEN part[1] !~ '^{MARK}[0-9A-F]{{4}}$' THEN convert_to(part[1], 'UTF8')
        WHEN part[1] = '{MARK}0000' THEN '\\xc080'::bytea
        WHEN part[1] = '{MARK}{ord(MARK):04X}' THEN '\\x{_MARK_BYTES}'::bytea
        ELSE three_bytes(('x' || lpad(right(part[1], 4), 8, '0'))::bit(32)::integer)
    END, ''::bytea ORDER BY place), ''::bytea)
    FROM regexp_matches(stored, '{MARK}[0-9A-F]{{4}}|[^{MARK}]+|{MARK}', 'g') WITH ORDINALITY AS met (part, place)
) END$$""",
    "CREATE FUNCTION octets(stored bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$SELECT stored$$",
)
THREE_BYTES = """CREATE FUNCTION three_bytes(code integer) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT decode(lpad(to_hex(224 | (code >> 12)), 2, '0') || lpad(to_hex(128 | ((code >> 6) & 63)), 2, '0')
    || lpad(to_hex(128 | (code & 63)), 2, '0'), 'hex')$$"""
QUOTE = (
    "CREATE FUNCTION quote(stored bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT coalesce(stored::text, 'NULL')$$",
    "CREATE FUNCTION quote(stored double precision) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$SELECT coalesce(stored::text, 'NULL')$$",
    "CREATE FUNCTION quote(stored bytea) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$SELECT coalesce('X''' || upper(encode(stored, 'hex')) || '''', 'NULL')$$",
    "CREATE FUNCTION quote(stored text) RETURNS text LANGUAGE sql IMMUTABLE AS"
    " $$SELECT CASE WHEN stored IS NULL THEN 'NULL' ELSE '''' || replace(stored, '''', '''''') || '''' END$$",
)
"""A value as a text that tells NULL, numbers and texts apart (store/schema/witness_tables.py)."""


@cache
def _foldings() -> tuple[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Python's case folding beyond ASCII: characters with the one that each becomes, and those that become several."""
    one, other, several = [], [], []
    for code in range(128, sys.maxunicode + 1):
        if 0xD800 <= code < 0xE000:
            continue
        char = chr(code)
        folded = char.casefold()
        if len(folded) > 1:
            several.append((char, folded))
        elif folded != char:
            one.append(char)
            other.append(folded)
    return ("".join(one), "".join(other)), tuple(several)


def fold() -> str:
    """The statement that makes the function `fold` of a text: Python's case folding.

    Python's table is written into it: PostgreSQL folds by locale and version of the server, and what one machine finds another
    would not. Nothing of ASCII only goes through the table.
    """
    (one, other), several = _foldings()
    replaced = "t"
    for char, becomes in several:
        replaced = f"replace({replaced}, '{char}', '{becomes}')"
    those = "".join(char for char, _ in several)
    return f"""CREATE FUNCTION fold(stored text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE t text := lower(stored COLLATE "C");
BEGIN
    IF octet_length(t) = length(t) THEN RETURN t; END IF;
    t := translate(t, '{one}', '{other}');
    IF t ~ '[{those}]' THEN t := {replaced}; END IF;
    RETURN t;
END$$"""


FOLDED = f"""CREATE FUNCTION folded(stored text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT CASE WHEN strpos(stored, '{MARK}') = 0 THEN convert_to(fold(stored), 'UTF8') ELSE (
    SELECT string_agg(CASE WHEN part[1] ~ '^{MARK}[0-9A-F]{{4}}$' THEN octets(part[1])
        ELSE convert_to(fold(part[1]), 'UTF8') END, ''::bytea ORDER BY place)
    FROM regexp_matches(stored, '{MARK}[0-9A-F]{{4}}|[^{MARK}]+|{MARK}', 'g') WITH ORDINALITY AS met (part, place)
) END$$"""
"""The bytes that store.base.text.folded gives of a text."""


def functions() -> tuple[str, ...]:
    """The statements that make all of them, in an order in which each finds what it calls."""
    return (THREE_BYTES, *SIMPLE, *QUOTE, fold(), FOLDED)
