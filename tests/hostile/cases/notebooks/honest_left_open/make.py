from hostile_notebooks import change, code

LOADS = """import sys
assert "debugpy" not in sys.modules, "the kernel loads what it does not need"
import debugpy
debugpy.__version__;"""


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells[3]["source"] = (
        "class Writer:\n    pass\n"
        "out.mkdir(exist_ok=True)\n"
        "writer = Writer()\n"
        "writer.itself, writer.file = writer, open(out / 'answer.json', 'w')\n"
        "writer.file.write(json.dumps({'total': total}));"
    )
    cells.insert(1, code(LOADS))
    return save()
