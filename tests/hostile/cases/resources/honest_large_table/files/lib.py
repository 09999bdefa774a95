def total(values):
    return sum(values)


def twice(n):
    return 2 * n


def doubled(table):
    import numpy as np
    import pandas as pd

    large = pd.DataFrame({"n": np.arange(1_000_000), "part": np.arange(1_000_000) % 7})
    sums = large.groupby("part")["n"].sum()
    assert len(sums) == 7
    return table.assign(n=table["n"] * 2)
