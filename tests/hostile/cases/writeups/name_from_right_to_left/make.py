from hostile_corpus import write_files


def make(folder, base):
    return write_files(folder / "work", {**base, "notes_\u202efdp.exe": b"x"})
