"""The acts: what somebody can do at the desk.

One act is one function, one transaction, one line in the log. An act is given the work
under way (`Act`: the database, who acts, when) and plain, well-formed values; it
asks the policy, applies the rules, changes the rows, renders what changed once, and
records itself. It knows nothing of HTTP. A read is no act and does not come here.
"""
