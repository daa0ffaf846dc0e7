"""Drawing what the store returns: pure functions from dataclasses to text, tables, mermaid and SVG."""
