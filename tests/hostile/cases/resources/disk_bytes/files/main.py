import os

number = 0
while True:
    with open(f"fill{number}", "wb") as file:
        file.write(os.urandom(1 << 20))
    number += 1
