"""Frozen values and enums shared by every package. No I/O, no clock."""
