"""The formats of an export, a module each; engine.handover.registry finds them."""
