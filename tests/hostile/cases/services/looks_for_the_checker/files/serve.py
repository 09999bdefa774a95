import socket
import sys

own = int(sys.argv[1])
found = []
for number in range(1, 65536):
    with socket.socket() as client:
        if client.connect_ex(("127.0.0.1", number)):
            continue
        if client.getsockname() != client.getpeername():  # else it met itself
            found.append(number)
print("listening beside me:", found, flush=True)
socket.create_server(("127.0.0.1", own)).accept()[0].recv(1)
