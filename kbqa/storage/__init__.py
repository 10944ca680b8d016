"""The knowledge base on disk: built, opened, changed and repaired, all parts or none."""
