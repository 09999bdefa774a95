def total(values):
    return {"$buffer": 0}


def doubled(table):
    return {"$table": {"columns": [["n", 0], ["name", 1]], "rows": len(table), "index": None}}
