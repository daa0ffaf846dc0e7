"""Cases, sources, hosts, records and their links."""
