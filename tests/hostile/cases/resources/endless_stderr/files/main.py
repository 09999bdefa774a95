import os

while True:
    os.write(2, b"A" * 65536)
