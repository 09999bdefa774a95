import os
import tempfile

block = os.urandom(1 << 20)
while True:
    with tempfile.NamedTemporaryFile(dir="/tmp", delete=False) as file:
        for _ in range(8):
            file.write(block)
