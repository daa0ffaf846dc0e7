"""Twelve figures of the documents that a reader tries first: where each stands, the command printed beside it, its kind."""

from __future__ import annotations

from tests.papers.statement import Command, Figure

DETECTION, LABELS, RULES = "docs/detection.md", "docs/labels.md", "docs/rules.md"
_AS_PUBLISHED = Command("oddkin train --as-published --case recordings --seed 1", more="--epochs 2 --no-rules")
_LEARN = Command("oddkin rules learn --case acme", instead={"acme": "recordings"})

FIGURES = (
    Figure(
        "the demo, in under 90 seconds on two idle cores",
        "README.md",
        Command(
            ".venv/bin/oddkin demo", instead={".venv/bin/oddkin": "oddkin"}, more="--hosts 1 --days 1 --out tried", slow=True
        ),
        (r"first at rank", r"planted"),
    ),
    Figure(
        "one sequence, classified without a case",
        "README.md",
        Command('oddkin classify "systemd -> httpd -> bash -> python -> xmrig"'),
        (r"^ +1 +abnormal +[>.\d]+ ",),
    ),
    Figure(
        "more than seventy formats",
        "docs/formats.md",
        Command("oddkin formats --format markdown"),
        (r"^## .+\n\n- \*\*Export:\*\* .+\n- \*\*Read:\*\* ",),
    ),
    Figure(
        "findings and processes until 80 % of the attack processes",
        DETECTION,
        Command(
            "oddkin evaluate --labels labels.csv --format json",
            instead={"labels.csv": "recordings/labels.csv.gz"},
            more="--case recordings",
            after=_AS_PUBLISHED,
        ),
        (r'"findings_read": ', r'"processes_read": ', r'"in_10_findings": '),
    ),
    Figure(
        "the shuffle test's AUC after all 2,000 epochs",
        DETECTION,
        _AS_PUBLISHED,
        (r"^Shuffle test: .*AUC \d\.\d{3}", r"^  real .*% above", r"^  shuffled .*% above"),
    ),
    Figure(
        "AP and first attack of the first paper's queue, beside another model's",
        DETECTION,
        Command(
            "oddkin evaluate --case recordings --labels recordings/labels.csv.gz --by case --beside MODEL", after=_AS_PUBLISHED
        ),
        (r"^ method +AP .*first attack", r"^ detector, published +\d\.\d{3}", r"^ detector-\S+, published +\d\.\d{3}"),
    ),
    Figure(
        "the shipped starter: eight recorded sources and a prior",
        DETECTION,
        Command("oddkin starter show"),
        (r"^Starter of ", r"^linux_auditd +Linux +[\d,]+ chains", r"^Supervised prior about Windows"),
    ),
    Figure(
        "accuracy on what was held out, and the ten sequences",
        LABELS,
        Command("oddkin classify --published-tests"),
        (r"accuracy \.\d{3}, ROC AUC ", r"^ leaf first .*probability"),
    ),
    Figure(
        "AP of the second paper's model on real chains",
        LABELS,
        Command(
            "oddkin evaluate --case web --labels recordings/labels.csv.gz",
            after=Command("oddkin train --as-published --epochs 1 --no-rules --case web"),
        ),
        (r"^ method +AP ", r"^ sequences, as published +\d\.\d{3}"),
    ),
    Figure(
        "how much fewer paths and words there are by rules",
        RULES,
        _LEARN,
        (r"^paths [\d,]+ -> [\d,]+ \(.* x\), words .* expressions, \d+ of them learnt from clusters",),
    ),
    Figure(
        "the same at the paper's size",
        RULES,
        Command("python -m tests.benchmarks.rules_paper SIZE", instead={"SIZE": ".002"}),
        (r"unique paths \| [\d,]+ -> [\d,]+ = ", r"merged words of one pattern \| \d", r"normalised paths of two zones \| 0"),
    ),
    Figure(
        "what came of damaged containers",
        "docs/robustness.md",
        Command("python -m tests.robustness containers --rounds containers=500", instead={"containers=500": "containers=20"}),
        (r"^Seed 1, [\d,]+ rounds, .* 0 failures", r"^\| bits flipped \|"),
    ),
)
