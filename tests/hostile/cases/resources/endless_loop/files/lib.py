def total(values):
    while True:
        pass


twice = doubled = total
