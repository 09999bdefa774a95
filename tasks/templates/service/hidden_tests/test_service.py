"""Step 5, too: the live service, asked over a loopback that leads nowhere else."""

import pytest


@pytest.mark.check("service-answers", criterion="operability", points=2)
def test_service_answers(service, forecast, substance):
    """The service answers with the forecasts of its file, 404 for a shop it has none of, and a restart changes nothing."""
    substance("fresh")
    expected = forecast("fresh").to_dict()
    insist_on_answers(service, expected, "after its start")
    service.restart()
    insist_on_answers(service, expected, "after a kill and a new start")


def insist_on_answers(service, expected: dict[str, float], moment: str) -> None:
    """Ask for every shop of the file, and for one that is not in it."""
    service.wait_ready()
    wrong = [shop for shop, value in expected.items() if not is_answered(service, shop, value)]
    assert not wrong, f"{len(wrong)} of {len(expected)} shops get another answer than the file has {moment}, first {wrong[0]}."
    status = service.get("/forecast/shop-never-heard-of").status
    assert status == 404, f"A shop that is in no file gets status {status} {moment}, not 404."


def is_answered(service, shop: str, value: float) -> bool:
    """Tell whether a shop is answered for as in the file."""
    response = service.get(f"/forecast/{shop}")
    document = response.json() if response.status == 200 else None
    found = document.get("per_day") if isinstance(document, dict) else None
    return isinstance(found, int | float) and not isinstance(found, bool) and abs(found - value) <= 1e-6
