"""Outside services and our own machine, as plain Python: no Django, no database."""
