"""What both front ends do, once; no screen and no command line."""
