"""Pictures without the place where they were taken: editors of octets, one a format."""
