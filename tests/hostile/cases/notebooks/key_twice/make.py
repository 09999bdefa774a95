from hostile_notebooks import change


def make(folder, base):
    _, save = change(folder, base)
    path = save()
    path.write_bytes(
        path.read_bytes().replace(
            b'"source": "print(total)"', b'"source": "print(total)", "source": "print(1)"'
        )
    )
    return path
