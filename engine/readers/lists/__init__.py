"""Lists of the processes that run at one time, with their parents: memory images, WMI, triage collections."""
