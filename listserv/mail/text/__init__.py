"""The text of a post: HTML made text, an author's own words apart from quotation, signature and footer. Pure."""
