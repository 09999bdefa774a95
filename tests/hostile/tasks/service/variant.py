"""Numbers to add. CANARY-c1f0a7-hidden"""

import json

import numpy as np


def generate(seed, scenario, public, truth):
    """Write numbers and their total."""
    numbers = [int(n) for n in np.random.default_rng([seed, len(scenario)]).integers(1, 1000, 20)]
    (public / "numbers.json").write_text(json.dumps(numbers))
    (truth / "answer.json").write_text(
        json.dumps({"total": sum(numbers), "mark": "CANARY-c1f0a7-hidden"})
    )
    return {"count": len(numbers)}
