import os
import time


def total(values):
    os.closerange(0, 64)
    time.sleep(60)


doubled = total
