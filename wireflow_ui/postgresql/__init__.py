"""Django's PostgreSQL, which keeps the statements that come again and again prepared."""
