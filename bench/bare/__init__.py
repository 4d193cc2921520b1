"""The floor: the least Django that does the same job with one or two indexed queries, for somebody signed in.

No permissions, no audit, no e-mail, no form; sessions and the protection of forms are there, since Django brings them.
"""
