from hostile_notebooks import change


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    (folder / "work" / "parts").mkdir(parents=True)
    (folder / "work" / "parts" / "adding.py").write_text(
        "def add(values):\n    return sum(values)\n"
    )
    cells[2]["source"] = "from parts.adding import add\n" + cells[2]["source"].replace(
        "sum(", "add("
    )
    return save()
