"""What a test may ask for: databases, races, caches, workers, servers."""
