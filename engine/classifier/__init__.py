"""The supervised part: verdicts teach an instant learner and an LSTM, and shapes carry a verdict to chains that look alike.

Everything that labels do to a queue is one pure function of the effective verdicts (engine.verdicts.rerank): nothing is
accumulated, so taking a label back takes back exactly what it did.
"""
