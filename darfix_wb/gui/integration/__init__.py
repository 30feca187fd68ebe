"""The window of the beam integration."""
