"""Known question sets, metrics, and runs over them."""
