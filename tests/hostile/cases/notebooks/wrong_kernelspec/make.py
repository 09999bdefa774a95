import json

from hostile_notebooks import change


def make(folder, base):
    notebook, save = change(folder, base)
    for name in ("python3", "planted"):
        for place in ("share/jupyter/kernels", ".local/share/jupyter/kernels", "kernels"):
            path = folder / "work" / place / name / "kernel.json"
            path.parent.mkdir(parents=True)
            argv = ["python", "-c", "print('planted', 'kernel ran')", "{connection_file}"]
            path.write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))
    notebook["metadata"]["kernelspec"]["name"] = "planted"
    return save()
