"""What runs in the grade container. Copied there as files; the host never imports it.

It sees the hidden tests, the truth and the candidate's deliverables as bytes; it never imports,
unpickles or executes anything that came from a candidate.
"""
