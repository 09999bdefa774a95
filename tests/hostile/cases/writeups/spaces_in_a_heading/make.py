from hostile_corpus import write_files


def make(folder, base):
    text = "## P1 How" + " " * 200_000 + "x\n\nAdded.\n\n" + ">" * 10_000 + " deep\n"
    return write_files(folder / "work", {**base, "WRITEUP.md": text.encode()})
