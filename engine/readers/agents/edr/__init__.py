"""Commercial agents that watch endpoints (EDR): a module for each product."""
