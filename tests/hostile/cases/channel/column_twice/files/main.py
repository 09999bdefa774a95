print("no file today")
