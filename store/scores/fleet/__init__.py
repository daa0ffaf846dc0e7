"""The findings of an estate as a case: what `oddkin fleet` keeps (engine.jobs.fleet.run.FleetStore)."""
