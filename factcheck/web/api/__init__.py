"""The API under /v1: one module a noun. A read asks `db`; a write names its act."""
