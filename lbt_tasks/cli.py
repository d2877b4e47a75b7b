"""The lbt command."""


def main() -> None:
    """Placeholder."""
