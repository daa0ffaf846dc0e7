"""How normalisation rules are learnt from paths."""
