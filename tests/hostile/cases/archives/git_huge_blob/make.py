from hostile_archives import Repository


def make(folder, base):
    return f"{Repository(folder / 'work', {**base, 'zeros.bin': bytes(26 << 20)}).path}@main"
