"""Cells of a row."""


def read_number(cell):
    """Return a number; None if it is missing or no number."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def read_name(cell):
    """Return a category, None if it is missing."""
    return cell or None
