"""What the monitor knows of a feature, and how it judges a week by it."""
