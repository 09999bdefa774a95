import lib


def test_total(numbers):
    assert lib.total(numbers) == 6
