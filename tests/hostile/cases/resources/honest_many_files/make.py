def make(folder, base):
    target = folder / "submission"
    for number in range(4800):
        path = target / "notes" / str(number % 50) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"note {number}")
    for path, content in base.items():
        (target / path).write_bytes(content)
    return target
