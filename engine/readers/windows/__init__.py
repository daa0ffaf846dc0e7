"""Windows events: EVTX, event XML, Event Viewer's tables, message texts."""
