from hostile_corpus import write_files


def make(folder, base):
    write_files(folder / "elsewhere", base)
    (folder / "work").symlink_to("elsewhere")
    return folder / "work"
