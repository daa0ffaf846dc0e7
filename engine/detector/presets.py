"""Settings by what was ordered: the default, or the method of the first paper as published, and what somebody changes of either.

The first paper is A. Patel, "Detection of anomalous process creation chains using word vectorization, normalization, and an
autoencoder", F-Secure, 2020. Line by line what it says, and what is done by `as_published`:

    line                the paper                                here
    paths               normalised by some 30 learnt patterns    the workspace's accepted rules, learnt first where it has none
                                                                 (engine.jobs.rules); nothing but `--no-rules` changes that
    words               a path is a sentence, its parts are      the same (engine.paths.tokens), of at most 40 parts
                        the words
    word vectors        FastText, skip-gram, 64 numbers          the same; window 5, 5 negatives, n-grams of 3 to 5, learning rate
                                                                 .05 and subsampling at 1e-2 are ours
    their training      20 epochs over the unique paths          the same
    a path's vector     the mean of its words'                   the same; centred and in one unit of length (scale_of), which
                                                                 changes no order of errors: ours
    network             bidirectional recurrent autoencoder      LSTM(64) both ways, mean over the steps, a code of 24 numbers,
                                                                 LSTM(64) both ways (engine.autoencoder.published): cells and
                                                                 widths are ours
    its training        2,000 epochs, batch 64                   the same, without an early stop; ⌈chains / 64⌉ batches an epoch,
                                                                 each of chains of one length, drawn with replacement: ours, as
                                                                 no chain is padded then
    a chain's weight    unique chains                            each as often as any other ("none"). That 2,000 epochs took five
                                                                 to ten minutes leaves no other reading: 22 million occurrences
                                                                 would be 340,000 batches an epoch
    optimiser           silent                                   Adam, 5e-3 falling to a hundredth along half a cosine over all
                                                                 batches, gradients clipped at norm 1
    error               mean squared error over the chain        the same; in units of the training variance, so the paper's
                                                                 number .004 does not travel
    threshold           .004, between the errors of real and     where as large a share of the real chains lies above as of the
                        of shuffled chains                       shuffled below (engine.autoencoder.self_test.between): the point
                                                                 is ours, as the paper chose by eye
    other estates       none                                     no starter, no supervised prior
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.detector.params import BUDGET, PUBLISHED, SHUFFLE, DetectorParams
from engine.detector.thresholds import AlertBudget

EPOCHS = 2000
BATCH = 64
WORD_EPOCHS = 20
WORD_SIZE = 64


def as_published(params: DetectorParams) -> DetectorParams:
    """The first paper's method; of `params` seed, device, threads and budget stay."""
    return replace(
        params,
        score=PUBLISHED,
        threshold=SHUFFLE,
        epochs=EPOCHS,
        early_stop=False,
        threat_prior=False,
        embedding=replace(params.embedding, size=WORD_SIZE, epochs=WORD_EPOCHS),
        network=replace(
            params.network, hidden=64, code=24, members=1, batch=BATCH, learning_rate=5e-3, weighting="none", contrast=0.0
        ),
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """What somebody wants otherwise. None: as the settings have it."""

    epochs: int | None = None
    batch: int | None = None
    word_epochs: int | None = None
    early_stop: bool | None = None
    budget: AlertBudget | None = None
    """Then the threshold is the budget's, by the published score too."""

    def of(self, params: DetectorParams) -> DetectorParams:
        """The settings, changed. Raises UsageError for what makes no sense."""
        if self.epochs is not None:
            params = replace(params, epochs=self.epochs)
        if self.batch is not None:
            params = replace(params, network=replace(params.network, batch=self.batch))
        if self.word_epochs is not None:
            params = replace(params, embedding=replace(params.embedding, epochs=self.word_epochs))
        if self.early_stop is not None:
            params = replace(params, early_stop=self.early_stop)
        if self.budget is not None:
            params = replace(params, budget=self.budget, threshold=BUDGET)
        return params
