"""The kernel hangs at its end where it stops what publishes before its control thread is done."""

from hostile_notebooks import change

AT_THE_END = """import sys, threading, time


def write_at_the_end(app, flush, stop, threading, sleep, file, answer):  # names are gone by then
    def flush_slowly():
        if threading.current_thread() is app.control_thread:
            sleep(0.5)
        flush()

    def stop_and_write():
        if not app.control_thread.is_alive():
            file.write(answer)
            file.close()
        stop()

    sys.stdout.flush, app.iopub_thread.stop = flush_slowly, stop_and_write


app = get_ipython().kernel.parent
out.mkdir(exist_ok=True)
write_at_the_end(app, sys.stdout.flush, app.iopub_thread.stop, threading, time.sleep,
                 open(out / 'answer.json', 'w'), json.dumps({'total': total}))"""


def make(folder, base):
    notebook, save = change(folder, base)
    notebook["cells"][3]["source"] = AT_THE_END
    return save()
