"""Numbers to add. CANARY-c1f0a7-hidden"""

import json

import numpy as np


def generate(seed, scenario, public, truth):
    """Write numbers for the API, and their total."""
    numbers = [int(n) for n in np.random.default_rng([seed, len(scenario)]).integers(1, 1000, 20)]
    (truth / "upstream").mkdir()
    (truth / "upstream" / "numbers.json").write_text(json.dumps(numbers))
    (truth / "answer.json").write_text(
        json.dumps({"total": sum(numbers), "mark": "CANARY-c1f0a7-hidden"})
    )
    (public / "note.txt").write_text("the numbers come from the API")
    return {"count": len(numbers)}
