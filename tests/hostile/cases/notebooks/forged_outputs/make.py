import json


def make(folder, base):
    notebook = json.loads(base["analysis.ipynb"])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = "pass"
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "9876\n"}]
    path = folder / "analysis.ipynb"
    path.write_text(json.dumps(notebook))
    return path
