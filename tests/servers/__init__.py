"""The real servers that tests run against: S3, Glue, Prefect, and a look at the wire between."""
