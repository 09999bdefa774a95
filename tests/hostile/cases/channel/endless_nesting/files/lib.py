def total(values):
    result = []
    result.append(result)
    return result


def doubled(table):
    result = {"columns": [["n", 0]]}
    result["$table"] = result
    return result
