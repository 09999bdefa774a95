"""Gradings on other machines: any ``concurrent.futures.Executor`` does the heavy part.

The queue stays where the records are. What an executor gets is an order, what it gives back an
answer; both are JSON, and all contents travel in the file store, by digest.
"""
