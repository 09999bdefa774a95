"""What runs in the container of a task's upstream: our server, and the author's ``upstream.py``."""
