import threading
import time

started = 0
while True:
    try:
        threading.Thread(target=time.sleep, args=(3600,)).start()
        started += 1
    except RuntimeError as error:
        if started >= 0:
            print("refused after fewer than 64:", started < 64, error, flush=True)
            started = -10**9
