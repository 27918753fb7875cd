"""Run SQL in DuckDB in a process of its own: the memory that DuckDB takes ends with it."""

import json
import sys

import duckdb


def main() -> None:
    """Run what comes on standard input on the file of the command line; write the last rows as JSON.

    The SQL and the rows are UTF-8, whatever the encoding of the output of this process and of the flow is.
    """
    with duckdb.connect(sys.argv[1], config={"threads": 1}) as connection:
        try:
            rows = connection.execute(sys.stdin.buffer.read().decode()).fetchall()
        except duckdb.Error as error:
            sys.exit(str(error))
    sys.stdout.buffer.write(json.dumps(rows).encode())


if __name__ == "__main__":
    main()
