"""Says which functions of `features` change what they are given."""

import pandas as pd


def payments() -> pd.DataFrame:
    """Return a few payments of two cards, in no order, with all that may be missing."""
    hours = [30, 0, 26, 5, 5, 1, 49, 3]
    at = pd.to_datetime("2024-03-30 20:00:00") + pd.to_timedelta(hours, unit="h")
    late = pd.to_timedelta([0, 12, 0, 0, 0, 30, 0, 0], unit="h")
    table = {
        "event_id": [f"p{number}" for number in (5, 0, 3, 6, 1, 7, 2, 4)],
        "card": ["c1", "c1", "c2", "c1", "c1", "c2", "c2", "c1"],
        "at": at.astype("datetime64[ns]"),
        "known_at": (at + late).astype("datetime64[ns]"),
        "amount": [12.5, 3.0, None, 7.25, 1.0, 40.0, 2.5, None],
        "merchant": ["AB", "NA", None, "AB", "CD", "CD", "AB", None],
        "country": ["DE", "NA", None, "DE", "NP", "NP", "DE", None],
        "zone": ["Europe/Berlin"] * 6 + ["Asia/Kathmandu", "Africa/Windhoek"],
    }
    return pd.DataFrame(table, index=[8, 1, 5, 3, 2, 9, 4, 6])


def changed() -> list[str]:
    """Call each function and return the names of those that changed an argument."""
    import features

    events = payments()
    train = events.assign(fraud=[0.0, 1.0, None, 0.0, 1.0, 0.0, 0.0, 1.0])
    rates = features.fit_rates(train.copy(), "merchant", 5)
    calls = [
        ("tidy", (pd.concat([events, events]),)),
        ("add_lags", (events, [1, 2])),
        ("add_windows", (events, [6, 48])),
        ("add_calendar", (events, 4)),
        ("fit_rates", (train, "merchant", 5)),
        ("add_rates", (events, rates)),
        ("add_train_rates", (train, "merchant", 5)),
    ]
    return [name for name, arguments in calls if changes(getattr(features, name), arguments)]


def changes(function, arguments: tuple) -> bool:
    """Tell whether a call changes a table or a list that it is given."""
    given = [argument.copy() if hasattr(argument, "copy") else argument for argument in arguments]
    function(*given)
    return not all(map(same, given, arguments))


def same(one, other) -> bool:
    """Tell whether a table or list is as it was; what else a function may hold is its own."""
    if isinstance(one, pd.DataFrame):
        return one.equals(other) and list(one.columns) == list(other.columns) and one.index.equals(other.index)
    return not isinstance(one, list) or one == other
