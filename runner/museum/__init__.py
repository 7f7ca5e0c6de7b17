"""Finds the first release that behaves as today, for each experiment of museum/."""
