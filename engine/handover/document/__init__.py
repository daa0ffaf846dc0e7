"""A document of blocks, written as one HTML file or as Markdown. Texts may come from a log; writers make them inert."""
