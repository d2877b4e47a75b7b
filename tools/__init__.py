"""What made what this repository ships; nothing of it is in the packages."""
