while True:
    print("and on " * 100)
