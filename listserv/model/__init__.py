"""Frozen values and enums shared by every package. No I/O, no clock, no behaviour beyond what a value knows of itself."""
