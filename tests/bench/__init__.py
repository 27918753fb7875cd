"""How fast, how lean, how chatty: figures beside their rivals of the same run. `python -m tests.bench`."""
