"""Encoders that read facts of the graph along with the text."""
