"""A group's links and files by mail: shown, added, pinned, tagged and withdrawn."""
