"""The external workflow system: what we send it, and what its answers do here."""
