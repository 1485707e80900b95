"""What a post shares: its links and files, each with a title and a key that is the same for the same thing."""
