"""What the contract promises, tried: crashes, faults, races, and an orchestrator that fails."""
