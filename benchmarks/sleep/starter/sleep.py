"""Yours."""
