"""Django's SQLite, whose transactions of one process wait for their turn in line."""
