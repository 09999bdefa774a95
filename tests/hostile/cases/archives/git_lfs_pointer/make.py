from hostile_archives import Repository

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12\n" % (b"0" * 64)


def make(folder, base):
    more = {
        "model.bin": POINTER,
        ".gitattributes": b"*.bin filter=lfs diff=lfs merge=lfs -text\n",
        ".lfsconfig": b"[lfs]\n\turl = http://127.0.0.1:1/\n",
    }
    return f"{Repository(folder / 'work', {**base, **more}).path}@main"
