from hostile_notebooks import change


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    view = {
        "version_major": 2,
        "state": {"a": {"model_name": "HTMLModel", "state": {"value": "<b>x</b>"}}},
    }
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": view}
    cells[0]["attachments"] = {"../../x.png": {"image/png": "A" * (4 << 20)}}
    for cell in cells:
        cell["id"] = "the same"
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "stream", "name": "stdout", "text": "planted output"}
            ]
    return save()
