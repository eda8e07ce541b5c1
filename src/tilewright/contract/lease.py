"""How long a worker may be silent before its job is given to another: doors and workers agree."""

LEASE_SECONDS = 15.0
"""A worker renews every third of it. Longer than any pause of a loaded machine."""
