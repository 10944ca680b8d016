"""The graph side: stores, endpoints, names, schema, links and queries. Knows nothing of passages or answers."""
