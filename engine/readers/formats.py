"""Every format that is read, as its reader declares it: for `oddkin formats`, docs/formats.md and the README."""

from __future__ import annotations

from engine.readers.contract import Format
from engine.readers.records import ecs, envelopes, graylog, own, splunk, winlogbeat
from engine.readers.records.record_kinds import record_kinds
from engine.readers.records.wrapped import loki, otel
from engine.readers.registry import reader_modules
from engine.readers.windows import chainsaw


def all_formats() -> tuple[Format, ...]:
    """By title, without regard to case."""
    lists = [module.FORMATS for module in reader_modules()]
    lists += [kind.FORMATS for kind in record_kinds()]  # some are both
    lists += [
        ecs.FORMATS,
        own.FORMATS,
        winlogbeat.FORMATS,
        envelopes.FORMATS,
        splunk.FORMATS,
        graylog.FORMATS,
        loki.FORMATS,
        otel.FORMATS,
        chainsaw.FORMATS,
    ]
    declared = dict.fromkeys(one for formats in lists for one in formats)
    return tuple(sorted(declared, key=lambda one: one.title.casefold()))
