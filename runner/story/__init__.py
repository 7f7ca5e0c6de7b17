"""What is told of a recording: numbered, selected, shortened. Plain data in, plain data out."""
