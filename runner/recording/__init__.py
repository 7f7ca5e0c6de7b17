"""What happened: the requests of a demo's tests and their SQL, as plain data."""
