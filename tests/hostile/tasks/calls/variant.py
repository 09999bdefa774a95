"""Nothing but a number. CANARY-c1f0a7-hidden"""


def generate(seed, scenario, public, truth):
    """Write the number and the mark."""
    (public / "number.txt").write_text(str(seed % 1000))
    (truth / "mark.txt").write_text("CANARY-c1f0a7-hidden")
    return {}
