from hostile_archives import make_zip


def make(folder, base):
    names = [f"{n}/" if n % 2 else f"{n}" for n in range(30_000)]
    return make_zip(folder / "work.zip", {**base, **dict.fromkeys(names, b"")})
