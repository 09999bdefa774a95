from hostile_notebooks import change


def make(folder, base):
    _, save = change(folder, base)
    path = save()
    path.write_bytes(
        path.read_bytes().replace(
            b'"kernelspec": {', b'"x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "kernelspec": {'
        )
    )
    return path
