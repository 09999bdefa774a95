from hostile_archives import make_zip

USE = b"""
from parts.settings import SETTINGS
print(len(SETTINGS), "settings")
"""


def make(folder, base):
    work = {
        **base,
        "main.py": base["main.py"] + USE,
        "parts/": b"",
        "parts/__init__.py": b"",
        "parts/settings.py": b"SETTINGS = [1, 2, 3]\n",
        "notes/caf\u00e9/\u0645\u0644\u0627\u062d\u0638\u0629.txt": b"",
        ".DS_Store": b"x",
    }
    members = {f"work/{name}": content for name, content in work.items()}
    return make_zip(folder / "work.zip", {**members, "__MACOSX/work/._main.py": b"x"})
