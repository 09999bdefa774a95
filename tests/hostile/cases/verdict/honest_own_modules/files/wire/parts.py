COLUMN = "n"
