"""Why a line is odd: the pane of sentences and shares, and the evidence of a chain."""
