"""What `make deploy` puts on a Prefect server, one module for each kind of thing."""
