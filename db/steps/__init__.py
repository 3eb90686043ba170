"""The steps from an empty file to today's tables: one module a step, in the order of migrations.py."""
