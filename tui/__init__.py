"""The front ends: command line and (later) Textual application, both thin, over the jobs in engine.jobs."""
