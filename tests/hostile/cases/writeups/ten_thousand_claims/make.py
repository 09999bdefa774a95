from hostile_corpus import write_files


def make(folder, base):
    claims = "".join(f"  c{n}: {n}\n" for n in range(10_000))
    text = f"---\nclaims:\n{claims}---\n## P1 How\n\nAdded.\n"
    return write_files(folder / "work", {**base, "WRITEUP.md": text.encode()})
