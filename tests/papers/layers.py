"""What layers the shipped sequence model has: `python -m tests.papers.layers`."""

from __future__ import annotations

from collections import defaultdict

from engine.classifier.published.shipped import shipped


def main() -> None:
    """A line for each layer: its weights and their shapes, the biases left out."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, weights in shipped().model.weights.items():
        layer, _, part = name.partition(".")
        if not part.startswith("bias"):
            found[layer].append(f"{part} {' x '.join(map(str, weights.shape))}")
    for layer, parts in found.items():
        print(f"{layer}: {', '.join(parts)}")


if __name__ == "__main__":
    main()
