from hostile_archives import make_zip


def make(folder, base):
    zeros = {f"zeros-{n}.bin": bytes(10 << 20) for n in range(10)}
    return make_zip(folder / "work.zip", {**base, **zeros})
