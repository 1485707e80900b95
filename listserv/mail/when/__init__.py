"""Dates as facilitators write them in a mail: `lines.read_date_lines` reads them, or says what to ask back."""
