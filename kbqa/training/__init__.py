"""How the shipped weights are trained, from public data that the user names."""
