"""Moderating by reply: who is asked about a held post, what she answers, what the clock does until she has."""
