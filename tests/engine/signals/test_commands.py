from __future__ import annotations

import numpy as np

from engine.signals.catalogue.command_rarity import CommandTable, command_rarity
from tests.engine.process_samples import make_table

CURL, LS = ("/bin/sh", "/bin/curl"), ("/bin/sh", "/bin/ls")


def test_unseen_words_surprise_more_than_usual_ones():
    corpus, table = make_table([(CURL, -1, f"curl -s mirror{n} list") for n in "abcdef"] + [(LS, -1, "ls -la")] * 3)
    fitted = CommandTable.fit(corpus, table)
    asked, asked_table = make_table([(CURL, -1, "curl -s mirrora list"), (LS, -1, "ls zz qq ww"), (("/bin/x",), -1, None)])
    value = command_rarity(fitted, asked, asked_table)
    assert value[1] > value[0]
    assert np.isnan(value[2])


def test_a_repeated_command_line_counts_once():
    one, one_table = make_table([(LS, -1, "ls -la"), (LS, -1, "ls -l")])
    many, many_table = make_table([(LS, -1, "ls -la")] * 50 + [(LS, -1, "ls -l")])
    first, second = CommandTable.fit(one, one_table), CommandTable.fit(many, many_table)
    assert np.array_equal(first.counts, second.counts)
    assert first.total == second.total == 2


def test_a_chain_has_the_highest_of_its_processes():
    corpus, table = make_table([(LS, -1, "ls -la"), (LS, -1, "ls odd words here")])
    fitted = CommandTable.fit(*make_table([(LS, -1, "ls -la")]))
    by_process = fitted.surprise(corpus, table)
    assert command_rarity(fitted, corpus, table)[0] == by_process.max()
