"""What crosses the wire: one file a noun, `New…` for what comes in, the noun for what goes out.

A schema says what is well-formed and nothing else: it never opens the database and
never asks who is calling. Fields stand in reading order, which is the order of
the keys in every answer. An answer always has all its keys; what is not known is null.
"""
