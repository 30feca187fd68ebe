"""Views of silx and Qt that know nothing of Orange."""
