"""One module a signal, `SIGNAL` in each. The registry finds them: nothing else has to know of a new one."""
