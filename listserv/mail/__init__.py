"""The formats of mail: octets in, values out. Never raises on what a stranger sent; no I/O, no clock."""
