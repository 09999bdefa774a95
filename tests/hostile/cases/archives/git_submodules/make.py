from hostile_archives import Repository


def make(folder, base):
    modules = f"""
[submodule "lib.d"]
    path = lib.d
    url = ext::sh -c 'touch {folder / "marker"}'
[submodule "disk"]
    path = disk
    url = file:///etc
[submodule "option"]
    path = option
    url = ssh://-oProxyCommand=touch${{IFS}}{folder / "marker"}/x
[submodule "return"]
    path = "return\\r"
    url = ./
"""
    work = Repository(folder / "work", {**base, ".gitmodules": modules.encode()})
    links = [
        f"160000 commit {'1' * 40}\t{name}" for name in ("disk", "lib.d", "option", "return\r")
    ]
    work.commit_tree(*work.tree_lines(), *links)
    return f"{work.path}@main"
