"""The author's proof of a task: its checks held against its own solutions, on several seeds.

``bench`` runs, ``judge`` and ``margins`` judge what came of it without running anything,
``matrix`` is what is written down, ``validate`` does a whole task, ``certificate`` one variant.
"""
