"""Isolation and nothing else: engine, images, limits, and the scripts that run inside."""
