"""Files in posts: one that was too large for copies is sent to who asks, pictures without words are asked about."""
