"""Answers out of query rows, passages and images."""
