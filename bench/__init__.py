"""Measures the desk against what a newsroom might have used instead; `make bench` runs it."""
