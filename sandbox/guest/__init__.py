"""Scripts that run inside containers. Copied as files, never imported by the host."""
