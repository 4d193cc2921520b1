"""`python -m bench`: how fast the house is, beside the least Django that does the same job. Guide: docs/bench.md.

__main__   the command line               harness   one run, from databases to table
machine    PostgreSQL, Redis, ports, memory          servers   the real web server and the bare one; the client
probe      a process with Django set up, one for each side, that fills, prepares and times
cases/     what is measured: one module each         ours, bare/   the two sides: their people, tickets, settings
filling    many rows out of few                      figures   medians, ratios, goals, the table

This module's process has no Django: the two sides have settings of their own, each in its own probe.
"""
