"""JSON lines: the items of one line, and blocks of lines that another process reads."""
