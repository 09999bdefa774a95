print("begin here")
