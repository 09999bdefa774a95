"""Tasks from and for Harbor: one folder becomes the other, with a list of what did not fit.

A Harbor task is ``task.toml``, ``instruction.md``, ``environment/`` (a Dockerfile and files beside
it), ``tests/`` (``test.sh`` writes a reward to ``/logs/verifier/``) and ``solution/solve.sh``. Its
tests run where the work was done, which worksample's boundary forbids: they are kept as material.
Nothing of an imported folder is executed or imported here.

Source: the task pages of harborframework.com, and the field reference of harbor-framework/skills.
"""
