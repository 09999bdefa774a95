import lib

lib.keep("here")
print("kept in", *lib.kept())
