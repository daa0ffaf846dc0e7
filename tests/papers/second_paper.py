"""The second paper, an LSTM over sequences of ten program names (repository amitsec-ai/lstm-abnormal-process and its article):
what it says, sentence by sentence. engine/classifier/published/recipe.py has it line by line.
"""

from __future__ import annotations

from tests.papers.statement import Command, Statement

LAYERS = Command("python -m tests.papers.layers")
TESTS = Command("oddkin classify --published-tests")
ONE = Command('oddkin classify "systemd -> httpd -> bash -> python -> xmrig"')
UNKNOWN = Command('oddkin classify "systemd -> sshd -> bash -> zz9"')
LONGER = Command('oddkin classify "systemd -> a -> b -> c -> d -> e -> f -> g -> sshd -> bash -> ls -> curl"')
TRAIN = Command("oddkin -w real train --as-published --epochs 1 --no-rules --case web")
REAL = Command("oddkin -w real evaluate --case web --labels recordings/labels.csv.gz", after=TRAIN)
SEEDS = Command(
    "python -m tests.benchmarks.published_sequences --seeds 5 --recordings recordings",
    instead={"5": "1", "recordings": "nowhere"},
    long=True,
    slow=True,
)
ALL_MADE = Command(
    "python -m tests.benchmarks.published_sequences --seeds 5 --random 0 --recordings recordings",
    instead={"5": "1", "recordings": "nowhere"},
    long=True,
    slow=True,
)
_TABLE = (r"^\| seed \| held out \|.*$(?:\n\|.*)+",)

STATEMENTS = (
    Statement(
        "The layers",
        2,
        "Embedding(64), a bidirectional LSTM(64), an LSTM(32), one sigmoid.",
        LAYERS,
        (r"^embedding\b.*$", r"^both\b.*$", r"^last\b.*$", r"^output\b.*$"),
        "The shipped weights (an LSTM has four gates, so 4 x 64 and 4 x 32 rows); `oddkin classify --make-published OUT` makes"
        " them anew, byte for byte, in seven seconds of CPU. Padding is masked here; unknown names are a row of the embedding.",
    ),
    Statement(
        "6,000 and 6,000",
        2,
        "The network learns from 6,000 normal and 6,000 abnormal sequences and tells them apart.",
        TESTS,
        (r"^The sequence model as published.*$", r"^12 that .*$", r"^ +called abnormal(?:.*\n)+?(?=\s*\n)"),
        "The paper's sequences are not published; these are made anew from templates, half of the abnormal ones of names in any"
        " order. Held out is a tenth of the *different* sequences, as many repeat. What is held out is of the templates that were"
        " learnt: the figure says that the network learns what it is shown, not that it finds attacks.",
    ),
    Statement(
        "The ten test sequences",
        2,
        "Ten sequences, leaf first, are classified after training: abnormal from a half on.",
        TESTS,
        (r"^ leaf first +by its names(?:.*\n)+?(?=\s*\n)", r"^This model and the released one agree .*$"),
        "**The column of the released model cannot be made here**: it was measured once with that project's own files, a"
        " pickle and an HDF5, which oddkin does not open. The repository prints no classes for the ten; by its"
        " names is our reading.",
    ),
    Statement(
        "One sequence",
        2,
        "A new sequence gets a class and a probability.",
        ONE,
        (r"^ place +class(?:.*\n)+?(?=\s*\n)",),
        "The step that decided is the one without which the model would be the least sure.",
    ),
    Statement(
        "Names that are not known",
        2,
        "A name that the tokenizer does not know is dropped.",
        UNKNOWN,
        (r"^ place +class(?:.*\n)+?(?=\s*\n)", r"^1 sequence has names .*$"),
        "Otherwise here, on purpose: of `xmrig, python3, bash, …` the released model reads `python3, bash, …`, as xmrig is none"
        " of its 945 names. An unknown name is a step here, and told.",
    ),
    Statement(
        "Sequences of ten",
        2,
        "Sequences are cut to ten steps.",
        LONGER,
        (r"^1 sequence has more than ten steps.*$",),
        "The beginning goes, near the root; the repository's default would cut the front of a leaf-first list, the process"
        " itself.",
    ),
    Statement(
        "Real data",
        2,
        "The method is meant for the processes of real hosts.",
        REAL,
        (r"^ method .*$", r"^ random order .*$", r"^ sequences, as published .*$"),
        "The repository prints no figure on real data. On the Linux recording (auditd_web, 494 chains, 61 attacks) the network"
        " that knows its held-out tenth to .99 is far from finding attacks: the default detector has .847 there. For the released"
        " model .16 was measured with its own files, **which cannot be repeated here**.",
    ),
    Statement(
        "Other seeds",
        2,
        "(the same recipe with five seeds)",
        SEEDS,
        _TABLE,
        "Accuracy moves by .01, AP on real chains by .07.",
    ),
    Statement(
        "The random half",
        2,
        "Part of the abnormal sequences are names in random order.",
        ALL_MADE,
        _TABLE,
        "**The random half costs**: without it the mean AP on real chains is .350 instead of .278. It stays in what is called as"
        " published.",
    ),
)
