"""Searching the help center (docs/decisions/0015): how texts become words, the index, what ranks first, excerpts."""
