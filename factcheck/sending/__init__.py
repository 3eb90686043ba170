"""What goes out to other people's servers: where to, signed how, how long, and when again.

Nothing here knows the database, the acts or Flask: addresses, bytes and moments come in,
and what became of them goes back. `factcheck/workflow/delivering.py` decides what is sent.
"""
