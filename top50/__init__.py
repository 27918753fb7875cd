"""The thinking of Top 50: everything that needs no orchestrator."""
