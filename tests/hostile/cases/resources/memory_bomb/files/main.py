parts = []
while True:
    parts.append(bytearray(8 << 20))
