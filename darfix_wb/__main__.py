"""``python -m darfix_wb`` is ``darfix-wb``."""

import sys

from .cli import main

sys.exit(main())
