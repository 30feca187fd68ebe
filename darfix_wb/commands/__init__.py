"""The commands of ``darfix-wb``, one per module, each with ``add_arguments`` and ``run``."""
