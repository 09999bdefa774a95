from hostile_corpus import write_files


def make(folder, base):
    text = "## P1 How\n\nAdded. " + "word " * (2 << 20) + "the end of it\n"
    return write_files(folder / "work", {**base, "WRITEUP.md": text.encode()})
