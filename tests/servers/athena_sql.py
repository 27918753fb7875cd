"""Runs Athena's SQL in DuckDB, over the tables and views of the Glue catalog and their files on S3."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import duckdb
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from .athena_tables import Files, columns_of, fill_table, make_table, quoted
from .athena_types import as_text, of_duckdb
from .athena_views import GlueTables, original_sql
from .aws_json import Body
from .trino import RefusedError, parsed
from .trino_types import typed


@dataclass(frozen=True)
class Result:
    """Columns with their types in Athena's words, and rows as text; none but a query has them."""

    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    is_query: bool = False


class Engine:
    """Every statement has a DuckDB of its own, with nothing in it but the tables that it names."""

    def __init__(self, tables: GlueTables, files: Files) -> None:
        self.row_filters: dict[tuple[str, str], str] = {}
        self._tables, self._files = tables, files

    def run(self, sql: str, database: str) -> Result:
        """Raises RefusedError, with a code and words like Athena's."""
        statement = parsed(sql)
        with _duckdb() as connection:
            session = _Session(connection, self._tables, self.row_filters)
            if isinstance(statement, exp.Query):
                session.files = self._files
                return session.result(statement, database)
            if isinstance(statement, exp.Create) and statement.kind == "VIEW":
                self._create_view(session, statement, sql, database)
            elif isinstance(statement, exp.Drop) and statement.kind == "VIEW":
                target = statement.find(exp.Table)
                self._tables.drop_view(*_name(target, database), if_exists=bool(statement.args.get("exists")))
            else:
                raise RefusedError("NOT_SUPPORTED", "this stand-in runs queries, CREATE VIEW and DROP VIEW")
        return Result()

    def _create_view(self, session: "_Session", statement: exp.Create, sql: str, database: str) -> None:
        target, query = _name(statement.this, database), cast(exp.Query, statement.expression)
        columns = session.columns(query, database)
        names = [name for name, _ in columns]
        if any(name.startswith("_col") for name in names):
            raise RefusedError("MISSING_COLUMN_NAME", f"Column name not specified at position {names}")
        if len(set(names)) < len(names):
            raise RefusedError("DUPLICATE_COLUMN_NAME", f"Column name is specified more than once: {names}")
        if target in session.loaded:
            raise RefusedError("VIEW_IS_RECURSIVE", f"Statement would create a recursive view {target}")
        self._tables.put_view(*target, sql, columns, replace=bool(statement.args.get("replace")))


class _Session:
    """One DuckDB, and what Glue says of what is in it."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: GlueTables,
        row_filters: dict[tuple[str, str], str],
    ) -> None:
        self._connection, self._tables = connection, tables
        self._row_filters = row_filters
        self.files: Files | None = None
        """Where rows come from; a statement that makes a view needs none."""
        self._schema: dict[str, dict[str, dict[str, str]]] = {}
        self.loaded: set[tuple[str, str]] = set()

    def result(self, query: exp.Query, database: str) -> Result:
        columns, relation = self._relation(query, database)
        try:
            rows = relation.fetchall()
        except duckdb.Error as error:
            raise _refused(error) from None
        return Result(columns, [[as_text(value) for value in row] for row in rows], is_query=True)

    def columns(self, query: exp.Query, database: str) -> list[tuple[str, str]]:
        return self._relation(query, database)[0]

    def _relation(
        self, query: exp.Query, database: str
    ) -> tuple[list[tuple[str, str]], duckdb.DuckDBPyRelation]:
        resolved = self._resolved(query, database)
        try:
            relation = self._connection.sql(resolved.sql("duckdb"))
        except duckdb.Error as error:
            raise _refused(error) from None
        # What has no name is _col0 in Athena, _col_0 in sqlglot.
        names = [name.replace("_col_", "_col") for name in resolved.named_selects]
        kinds = [of_duckdb(str(kind)).athena for kind in relation.types]
        return list(zip(names, kinds, strict=True)), relation

    def _resolved(self, query: exp.Query, database: str) -> exp.Query:
        for table in _tables_of(query):
            if table.catalog.lower() == "awsdatacatalog":
                table.set("catalog", None)
            self._load(*_name(table, database))
        resolved = typed(query, database, self._schema)
        for division in resolved.find_all(exp.Div):
            division.set("typed", False)  # DuckDB divides as Trino here: sqlglot need not make it a bigint
        return resolved

    def _load(self, database: str, name: str) -> None:
        if (database, name) in self.loaded:
            return
        self.loaded.add((database, name))
        table = self._tables.get(database, name)
        if table.get("TableType") == "VIRTUAL_VIEW":
            self._load_view(table)
        else:
            make_table(self._connection, table)
            if self.files:
                self._fill(table, self.files)
        known = {column: kind.athena for column, kind in columns_of(table).items()}
        self._schema.setdefault(database, {})[name] = known

    def _fill(self, table: Body, files: Files) -> None:
        database, name = table["DatabaseName"], table["Name"]
        fill_table(self._connection, files, table, self._tables.partitions(database, name))
        if condition := self._row_filters.get((database, name)):
            place = f"{quoted(database)}.{quoted(name)}"
            self._connection.execute(f"DELETE FROM {place} WHERE NOT ({condition})")

    def _load_view(self, table: Body) -> None:
        database, name = table["DatabaseName"], table["Name"]
        query = self._resolved(cast(exp.Query, parsed(original_sql(table))), database)
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(database)}")
        self._connection.execute(f"CREATE VIEW {quoted(database)}.{quoted(name)} AS {query.sql('duckdb')}")


def _tables_of(query: exp.Query) -> list[exp.Table]:
    # By scope: the name of a WITH is no table.
    sources = [source for scope in traverse_scope(query) for source in scope.sources.values()]
    return [source for source in sources if isinstance(source, exp.Table) and source.name]


def _name(table: exp.Expr | None, database: str) -> tuple[str, str]:
    if not isinstance(table, exp.Table):
        raise RefusedError("NOT_SUPPORTED", "this stand-in wants a plain name")
    return (table.db or database).lower(), table.name.lower()


def _refused(error: duckdb.Error) -> RefusedError:
    code = "INVALID_CAST_ARGUMENT" if isinstance(error, duckdb.ConversionException) else "SYNTAX_ERROR"
    return RefusedError(code, f"DuckDB says: {error}")


@contextmanager
def _duckdb() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory that counts as Trino does."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET integer_division = true")
        connection.execute("CREATE MACRO normalize(text) AS nfc_normalize(text)")
        yield connection
