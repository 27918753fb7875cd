"""What the flows share: a run, its stages, its options, and the command line."""
