from hostile_notebooks import change, code

LOOK = """
!find / -xdev -name 'test_hid*' -o -xdev -name truth 2>/dev/null
!env
!cat /proc/1/cmdline
"""
OTHER = """%%bash
grep -rl "CANARY" /work /tmp /etc 2>/dev/null
true
"""


def make(folder, base):
    notebook, save = change(folder, base)
    more = [code(LOOK), code(OTHER), code("%load_ext autoreload\nget_ipython().system('id')")]
    notebook["cells"][1:1] = more
    return save()
