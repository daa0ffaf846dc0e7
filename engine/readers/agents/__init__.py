"""Records of endpoint agents: EDR, audit and runtime-security products."""
