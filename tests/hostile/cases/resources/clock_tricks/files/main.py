import lib

print(", ".join(lib.turn_back()), flush=True)
lib.total([1])
lib.total([1])
