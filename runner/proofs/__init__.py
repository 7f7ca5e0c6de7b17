"""Is it true: mutations, checks of what is written, measurements."""
