"""The promise of the contract's "What processed means", put to the test; run by `python -m tests.torture`."""
