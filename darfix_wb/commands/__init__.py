"""The commands of ``darfix-wb``, one a module, each with ``add_arguments`` and ``run``."""
