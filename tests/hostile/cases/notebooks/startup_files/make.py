from hostile_notebooks import change


def make(folder, base):
    _, save = change(folder, base)
    said = "print('planted', 'startup ran')\n"
    names = (
        "ipython_config.py",
        "ipython_kernel_config.py",
        "jupyter_config.py",
        "profile_default/startup/00.py",
        ".ipython/profile_default/startup/00.py",
        ".ipython/profile_default/ipython_kernel_config.py",
        ".jupyter/jupyter_config.py",
        "sitecustomize.py",
        "usercustomize.py",
    )
    for name in names:
        (folder / "work" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "work" / name).write_text(said)
    return save()
