"""The button and the panel in Orthanc Explorer."""

from pathlib import Path


def explorer_script() -> str:
    """JavaScript that Orthanc Explorer loads with its own."""
    return (Path(__file__).parent / "explorer.js").read_text(encoding="utf-8")
