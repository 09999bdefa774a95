"""Judge again from the records: other hidden tests, the submissions and their runs as kept."""
