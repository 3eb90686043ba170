"""The desk over HTTP: Flask, and what stands between it and the wire.

`api/` has one blueprint a noun. The rest is what they share: who calls (`caller`),
how bodies and queries are read (`reading`), how answers are written (`answers`,
`lists`), how refusals are told (`problems`), the OpenAPI document (`documents`), and
the server (`bridge`, `serve`). Views read straight from `db` and write through
`workflow`; they hold no rule of their own.
"""
