"""What clients write and what the export writes, as one kind of row.

Numbers become floats or None, text is trimmed and in lower case (depots in upper case), empty is None.
"""

NUMBERS = ("weight_kg", "distance_km", "value_eur", "attempts")
UNITS = ("kg", "km", "eur", "€")


def clean_row(row):
    clean = {name: clean_number(row.get(name), name) for name in NUMBERS}
    clean |= {name: clean_text(row.get(name)) for name in ("dwelling", "service", "depot")}
    clean["depot"] = clean["depot"] and clean["depot"].upper()
    clean["booked_at"] = row["booked_at"]
    return clean


def clean_text(cell):
    text = "" if cell is None else str(cell).strip().lower()
    return text or None


def clean_number(cell, name):
    if isinstance(cell, (int, float)):
        return float(cell)
    text = clean_text(cell)
    if text is None:
        return None
    for unit in UNITS:
        text = text.removesuffix(unit)
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise ValueError(f"{name}: {cell!r} is in no form that we know") from None
