"""People, not addresses: who writes from an address we do not know, and how one person's addresses change."""
