"""The demo desk: a real case and an invented one, put there by the same acts that callers use."""
