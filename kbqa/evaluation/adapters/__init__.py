"""One module per family of known question sets: their files → questions."""
