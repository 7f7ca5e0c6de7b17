"""The pages: each is a function of the story, so the live ones and the static ones are the same."""
