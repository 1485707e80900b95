"""What files in a message are, found without opening more of them than their tables of contents."""
