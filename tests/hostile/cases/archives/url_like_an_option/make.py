def make(folder, base):
    del base
    return f"ssh://-oProxyCommand=touch%20{folder / 'marker'}/work.git"
