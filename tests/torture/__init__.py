"""Crashes, faults, races and bad input, each with a count of what survived."""
