"""Fails, whatever it is shown."""

raise SystemExit(1)
