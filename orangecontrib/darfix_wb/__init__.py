"""The canvas side of darfix-wb: widgets and tutorial workflows for Orange."""
