"""How an extra is installed, in the same words wherever one lacks."""


def to_install(extra: str) -> str:
    """What to type for it, also for those who work in a clone."""
    return f"pip install 'tilewright[{extra}]' (in a clone: pip install -e '.[{extra}]')"
