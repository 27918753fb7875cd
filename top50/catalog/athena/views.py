"""The BI views in Athena: made when they are not there, made anew when their text has changed.

Athena keeps a view in Glue in a form of its own, which is not compared with ours. A fingerprint beside it
tells whether it was made from the text that we have; a week without a change asks Athena nothing.
"""

import hashlib
import json
import re
from typing import TYPE_CHECKING, cast

from top50.catalog.athena import Athena
from top50.catalog.aws import explained
from top50.catalog.glue.tables import REMEDIES, VIEW, GlueDatabase, described
from top50.catalog.patience import Tell
from top50.catalog.views import VIEWS, View
from top50.errors import CatalogError
from top50.tables import TABLES

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import TableInputTypeDef, TableTypeDef

FINGERPRINT = "top50_fingerprint"
"""The parameter of the view's Glue table that holds it."""

_INPUT = (
    "Name",
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
    "TargetTable",
)
"""What UpdateTable takes of what GetTable gives."""


def refresh_views(glue: "GlueClient", athena: Athena, database: GlueDatabase, tell: Tell) -> list[str]:
    """Make the views that are not there or not of our text, in order; return their names.

    Raises CatalogError, also when a table has the name of a view, and CatalogUnavailable.
    """
    prints = fingerprints()
    _check_names(database)
    outdated = outdated_views(database)
    for view in outdated:
        athena.run(f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}")
        _sign(glue, database.name, view, prints[view.name])
        tell(f"Athena view {database.name}.{view.name}: made")
    return [view.name for view in outdated]


def outdated_views(database: GlueDatabase) -> list[View]:
    """Return the views that are not there, or not of our text, in the order in which they are made."""
    prints = fingerprints()
    return [view for view in VIEWS.values() if _fingerprint(database, view) != prints[view.name]]


def fingerprints() -> dict[str, str]:
    """Return view → what changes with its text, its comments, the views it reads, and any table's types.

    Of the latter two because Athena keeps the types of a view's columns and calls it stale when they change.
    """
    types = {table.name: described(table, table.types) for table in TABLES.values()}
    prints: dict[str, str] = {}
    for view in VIEWS.values():
        words = set(re.findall(r"\w+", view.sql))
        reads = [prints[name] for name in prints if name in words]
        said = json.dumps([view.sql, view.columns, reads, types])
        prints[view.name] = hashlib.sha256(said.encode()).hexdigest()
    return prints


def _check_names(database: GlueDatabase) -> None:
    kinds = {name: table.get("TableType") for name, table in database.tables.items()}
    tables = [name for name in VIEWS if kinds.get(name, VIEW) != VIEW]
    if tables:
        raise CatalogError(
            f"in Glue database {database.name} a table has the name of a view: {', '.join(tables)}",
            "Rename or delete that table, or set TOP50_GLUE_DATABASE to a database of its own.",
        )


def _fingerprint(database: GlueDatabase, view: View) -> str | None:
    there = database.tables.get(view.name)
    return there.get("Parameters", {}).get(FINGERPRINT) if there else None


def _sign(glue: "GlueClient", database: str, view: View, fingerprint: str) -> None:
    with explained("Glue", f"view {database}.{view.name}", REMEDIES):
        table = glue.get_table(DatabaseName=database, Name=view.name)["Table"]
        glue.update_table(DatabaseName=database, TableInput=_signed(table, view, fingerprint))


def _signed(table: "TableTypeDef", view: View, fingerprint: str) -> "TableInputTypeDef":
    # The rest stays as it is, the comment "Presto View" too: Athena tells its views by it.
    # https://github.com/prestodb/presto/blob/0.284/presto-hive/src/main/java/com/facebook/presto/hive/HiveUtil.java
    kept = cast("TableInputTypeDef", {name: value for name, value in table.items() if name in _INPUT})
    stored = table.get("StorageDescriptor", {})
    for column in stored.get("Columns", []):
        column["Comment"] = view.columns.get(column["Name"], "")
    return {
        **kept,
        "StorageDescriptor": stored,
        "Parameters": {**table.get("Parameters", {}), FINGERPRINT: fingerprint},
    }
