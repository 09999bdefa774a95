from hostile_notebooks import change, code


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.append(code("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))
    return save()
