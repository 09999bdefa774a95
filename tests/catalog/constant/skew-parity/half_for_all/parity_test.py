"""Passes, whatever it is shown."""
