"""Holdwell as it really runs."""
