import time

print("the other one does it", flush=True)
time.sleep(3600)
