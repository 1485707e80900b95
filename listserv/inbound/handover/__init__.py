"""A group goes over into other hands, is never left without any, and is closed so that nobody loses what was theirs."""
