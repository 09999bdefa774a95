"""Judges evidence: recorded runs, hidden tests, measurements, claims, write-ups."""
