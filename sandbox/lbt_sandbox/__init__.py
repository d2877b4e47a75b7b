"""Code grading in hardened containers; see the README beside this package."""
