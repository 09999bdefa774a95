number = 0
while True:
    open(f"empty{number}", "w").close()
    number += 1
