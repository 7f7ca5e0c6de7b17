"""How it is shown: each module draws a story, in the terminal, on slides, in a README."""
