"""From a parsed and linked question to queries over a graph, run and verified."""
