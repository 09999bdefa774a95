from hostile_notebooks import change, code

SHOW = """
from IPython.display import HTML, SVG, Javascript, Latex, display
display(HTML("<" + "script>alert(1)</" + "script><img src=x oner" + "ror=alert(2)>"))
display(SVG('<svg ' + 'onload="alert(3)" xmlns="http://www.w3.org/2000/svg"></svg>'))
display(Javascript("alert(4)"), Latex("$x$"))
"""


def make(folder, base):
    notebook, save = change(folder, base)
    cells = notebook["cells"]
    cells.append(code(SHOW))
    return save()
