"""`make serve`: the pages, live. One process, one event loop; what a class does is in memory."""
