"""`python -m kbqa`: the command line."""

from __future__ import annotations

import sys

from kbqa.cli import main

if __name__ == "__main__":
    sys.exit(main())
