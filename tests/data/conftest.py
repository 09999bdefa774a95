"""What lies here is read by tests, never collected."""

collect_ignore_glob = ["harbor/*"]
