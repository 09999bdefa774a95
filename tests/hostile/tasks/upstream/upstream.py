"""Serves the numbers."""

import json

from worksample_stub import Reply


def make_upstream(folder):
    """Serve the numbers of the scenario."""
    numbers = json.loads((folder / "numbers.json").read_text())

    def answer(request):
        if request.path != "/numbers":
            return Reply.of({"error": "no such page"}, status=404, note={"said": request.json()})
        return Reply.of(numbers)

    return answer
