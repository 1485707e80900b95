"""Taking back: an author withdraws her post, a moderator takes down a post, a part of it or words."""
