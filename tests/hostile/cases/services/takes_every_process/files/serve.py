import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import sound


def take():
    try:
        while True:
            threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
    except RuntimeError:
        pass


if __name__ == "__main__":
    take()
    HTTPServer(("127.0.0.1", int(sys.argv[1])), sound.Handler).serve_forever()
