"""What stops a run: one sentence that says what is wrong and what to do."""


class HarnessProblem(Exception):
    """The harness could not measure. Slow code is no problem of this kind."""
