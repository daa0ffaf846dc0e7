"""Processes that read blocks of a source beside the one that writes: their start and end, the order of blocks, the hand-over."""
