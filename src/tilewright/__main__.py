"""The command `tilewright`, which `python -m tilewright` is too."""

import signal
import sys


def main() -> int:
    """Run the command. A Ctrl-C while its code is loaded ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tilewright.cli import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()


if __name__ == "__main__":
    sys.exit(main())
