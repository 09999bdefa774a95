"""The candidate's library from a distance, and the hidden tables to call it on."""

from collections.abc import Callable

import feature_frames
import pandas as pd
import pytest
from feature_substance import expect_substance

CALL_S = 10.0
ALL_CALLS_S = 90.0


class Function:
    """One of the functions. What it cannot be given is what another one of the candidate's returned."""

    def __init__(self, function, name: str) -> None:
        self._function, self._name = function, name

    def __call__(self, *arguments):
        return self.call(*arguments).value

    def call(self, *arguments):
        return self.starmap([arguments])[0]

    def with_arguments(self):
        """Return one that answers with what was returned and the arguments as they are then."""
        return Function(self._function.with_arguments(), self._name)

    def starmap(self, items):
        try:
            return self._function.starmap(items)
        except ValueError as error:
            raise AssertionError(f"{self._name} cannot be given what was returned before: {error}") from error


class Library:
    """The seven functions. Answers may hold missing values: most features have some."""

    def __init__(self, candidate) -> None:
        self._candidate = candidate

    def __getattr__(self, name: str) -> Function:
        return self.timed(name, CALL_S)

    def timed(self, name: str, timeout_s: float) -> Function:
        """Return a function with a clock of its own."""
        function = self._candidate.function(
            f"features:{name}", timeout_s=timeout_s, total_s=ALL_CALLS_S, allow_nan=True
        )
        return Function(function, name)


class Tables:
    """The hidden tables, read when a check asks for them."""

    def __init__(self, truth) -> None:
        self._folder = truth.path("fresh")
        self.arguments = truth.json("fresh", "arguments.json")

    def __getitem__(self, name: str) -> pd.DataFrame:
        return feature_frames.read_frame(self._folder / f"{name}.csv")


@pytest.fixture
def library(candidate) -> Library:
    return Library(candidate)


@pytest.fixture(scope="session")
def tables(truth) -> Tables:
    return Tables(truth)


@pytest.fixture(scope="session")
def substantial() -> set[str]:
    """The functions of which it is known that their answers have to do with the right ones."""
    return set()


@pytest.fixture
def substance(library, tables, substantial) -> Callable[..., None]:
    """Insist that the named functions compute something before their behaviour is judged."""

    def insist(*names: str) -> None:
        for name in names:
            if name not in substantial:
                expect_substance(library, name, tables.arguments["volume_seed"])
                substantial.add(name)

    return insist
