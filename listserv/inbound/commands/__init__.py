"""What one may write, line by line, to -request: one table (`table.py`), how lines are read, who may, what happens."""
