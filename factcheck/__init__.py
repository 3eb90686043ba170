"""What a fact-check is.

Here stand the words, the rules and the acts. The kernel (`vocabulary`,
`errors`, `policy`, `settings`, `dates`, `wording`) uses the standard library
only and imports nothing of ours; the rules (`standing`, `addresses`) take
values and give values; `workflow` holds the acts; `web` and `cli` are the two
doors. This file imports nothing, so that importing a part costs only the part.
"""
