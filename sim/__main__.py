"""``python -m sim`` and the command `forestall`: Ctrl-C ends quietly, from the first import on."""

import sys


def main() -> int:
    """Run the command line; 130 after Ctrl-C."""
    try:
        from sim.cli import main as command

        return int(command() or 0)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
