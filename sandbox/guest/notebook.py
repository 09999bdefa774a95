"""Executes a rebuilt notebook with nbclient, inside the candidate container.

Run as ``python -I notebook.py PLAN.json``; the plan has ``notebook``, ``result``, ``cwd``,
``output_bytes`` and ``text_bytes`` (kept per cell). Writes the result as JSON: ``cells`` [{index,
text, png, error, seconds}], ``stopped`` (``""``, ``output_limit``, ``kernel_died``). Prints a line
per cell, so that a run that is cut off shows where it was. Exits 0 if every cell ran, 1 if one
raised or the kernel died, 3 at the output limit.
The kernel is the candidate's: the result is a claim.

Needs nbformat and nbclient in the image.
"""

import gc

gc.disable()  # nothing that is imported is garbage

import asyncio
import base64
import json
import os
import queue
import signal
import sys
import time

import nbformat
from jupyter_client.asynchronous import AsyncKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

gc.freeze()
gc.enable()

# What ``ipykernel_launcher`` does, without the debugger that a kernel loads (nobody is there to
# attach one, and it costs a tenth of a second), and with what the kernel consists of left out of
# every search for garbage: the one at the exit goes through all that there is. At the end the
# control thread says goodbye through the thread that publishes, which the kernel may end too early:
# then it hangs until it is killed, and files that it left open are never written.
KERNEL = """
import gc, sys
gc.disable()
if sys.path[:1] == [""]:
    del sys.path[0]
sys.modules["debugpy"] = None
from ipykernel.kernelapp import IPKernelApp
app = IPKernelApp.instance()
app.initialize()
del sys.modules["debugpy"]
gc.freeze()
gc.enable()
app.start()
app.control_thread.join(5)
"""
MAX_PNG_BASE64 = 1400000
MAX_PICTURES = 20


class PromptClient(AsyncKernelClient):
    """Ready when the kernel is; the client that this one stands for learns it up to 0.4 s later."""

    async def start_channels(self, *args, **kwargs):
        """Connect when there is what to connect to: else it is tried ten times a second."""
        ports = (self.shell_port, self.iopub_port, self.stdin_port, self.hb_port, self.control_port)
        while not all(os.path.exists("%s-%d" % (self.ip, port)) for port in ports):
            if not await self.parent.is_alive():
                raise RuntimeError("the kernel ended before it was ready")
            await asyncio.sleep(0.005)
        super().start_channels(*args, **kwargs)

    async def wait_for_ready(self, timeout=None):
        deadline = time.monotonic() + (timeout or float("inf"))
        while not await self.answers():
            if not await self.parent.is_alive():
                raise RuntimeError("the kernel ended before it was ready")
            if time.monotonic() > deadline:
                raise RuntimeError("the kernel was not ready within %d seconds" % timeout)

    async def answers(self):
        """Whether a question is answered, and what is said of it comes in to its end."""
        question = self.kernel_info()
        try:
            await self.get_shell_msg(timeout=1)
            while True:  # nobody hears what was said before this end was connected
                said = await self.get_iopub_msg(timeout=0.2)
                if is_idle(said) and said["parent_header"].get("msg_id") == question:
                    return True
        except queue.Empty:
            return False


def is_idle(message):
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


class CountingClient(NotebookClient):
    """Counts what comes from the kernel before it is kept; beyond the limit the kernel is ended.

    A cell that never ends is never answered for, so that nobody would see an exception raised here.
    """

    output_left = 0
    ending = None

    def process_message(self, msg, cell, cell_index):
        self.output_left -= len(json.dumps(msg["content"], default=str))
        if self.output_left < 0:
            if self.ending is None:
                self.ending = asyncio.ensure_future(self.km.signal_kernel(signal.SIGKILL))
            return None
        try:
            return super().process_message(msg, cell, cell_index)
        except nbformat.ValidationError:  # of no form that an output has: it is left out
            return None


def main(plan_path):
    with open(plan_path) as file:
        plan = json.load(file)
    notebook = nbformat.read(plan["notebook"], as_version=4)
    results = []
    stopped = execute(notebook, plan, results)
    with open(plan["result"], "w") as file:
        json.dump({"cells": results, "stopped": stopped}, file)
    if stopped == "output_limit":
        return 3
    return 1 if stopped or any(result["error"] for result in results) else 0


def execute(notebook, plan, results):
    client = CountingClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": plan["cwd"]}},
    )
    client.output_left = plan["output_bytes"]
    client.km = client.create_kernel_manager()
    client.km.transport = "ipc"  # over TCP each start warns of interfaces and of no encryption
    client.km.client_factory = PromptClient
    client.km.kernel_spec.argv = [sys.executable, "-c", KERNEL, "-f", "{connection_file}"]
    try:
        with client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type == "code" and not run_cell(client, cell, index, plan, results):
                    break
    except DeadKernelError:
        return "kernel_died" if client.output_left >= 0 else "output_limit"
    return "" if client.output_left >= 0 else "output_limit"


def run_cell(client, cell, index, plan, results):
    """Run one cell and keep what it did; return whether to go on."""
    started = time.monotonic()
    error = None
    try:
        client.execute_cell(cell, index)
    except CellExecutionError as raised:
        error = "%s: %s" % (raised.ename, raised.evalue)
    except DeadKernelError:
        error = "DeadKernelError" if client.output_left >= 0 else "OutputLimitError"
        keep(results, index, cell, error, started, plan)
        raise
    keep(results, index, cell, error, started, plan)
    return error is None


def keep(results, index, cell, error, started, plan):
    seconds = time.monotonic() - started
    text, png = outputs_of(cell)
    results.append(
        {
            "index": index,
            "text": text[: plan["text_bytes"]],
            "png": png,
            "error": as_text(error)[:2000] if error else None,
            "seconds": round(seconds, 4),
        }
    )
    print("cell %d: %s" % (index, "error" if error else "ok"), flush=True)


def as_text(value):
    """Return what a kernel sent as text: it may be anything, also halves of surrogate pairs."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else ""


def is_base64(text):
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def outputs_of(cell):
    texts, images = [], []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            texts.append(as_text(output.text))
        elif output.output_type in ("execute_result", "display_data"):
            texts.append(as_text(output.data.get("text/plain")))
            image = "".join(as_text(output.data.get("image/png")).split())
            if image and len(image) <= MAX_PNG_BASE64 and is_base64(image):
                images.append(image)
    return "\n".join(text.rstrip("\n") for text in texts if text), images[:MAX_PICTURES]


if __name__ == "__main__":
    os.environ.setdefault(
        "IPYTHONDIR", os.path.join(os.environ.get("HOME", "/work/home"), "ipython")
    )
    sys.exit(main(sys.argv[1]))
