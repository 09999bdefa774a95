"""What a task is: its format, its loader, catalogs, variants and the brief."""
