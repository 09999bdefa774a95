"""No data."""


def generate(seed, scenario, public, truth):
    """Write a number, so that variants differ."""
    (public / "seed.txt").write_text(f"{seed}\n")
    return {}
