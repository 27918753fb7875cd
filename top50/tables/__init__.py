"""The tables: schemas, rows from snapshots, merging, Parquet files, and publishing them."""
