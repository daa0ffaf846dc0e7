"""A simulated fleet of Windows and Linux hosts, for demonstration and for testing oddkin.

Never a detection benchmark: everyday life and intrusions were written by the same people who wrote the detector, from
the same ideas of what is normal. A good rank of a planted intrusion shows that the parts work together, no more.
"""

from engine.simulator.fleet import Fleet, simulate
from engine.simulator.logs.write import WrittenLogs, write_logs
from engine.simulator.roster import FleetPlan

__all__ = ["Fleet", "FleetPlan", "WrittenLogs", "simulate", "write_logs"]
