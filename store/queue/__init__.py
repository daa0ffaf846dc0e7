"""The queue: pages, filters, orders, findings."""
