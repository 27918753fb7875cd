"""The BI views in Athena: made when they are missing, and again when their text has changed.

Athena stores a view in Glue in a format of its own, which cannot be compared with our text. A fingerprint
beside it tells which text it was made from; a week without a change costs no query.
"""

import hashlib
import json
import re
from typing import TYPE_CHECKING, cast

from top50.catalog.athena import Athena
from top50.catalog.aws import Log, aws_errors
from top50.catalog.glue.tables import REMEDIES, VIEW, GlueDatabase, column_definitions
from top50.catalog.views import VIEWS, View
from top50.errors import CatalogError
from top50.tables.schemas import TABLES

if TYPE_CHECKING:
    from types_boto3_glue.client import GlueClient
    from types_boto3_glue.type_defs import TableInputTypeDef

# The parameter of the view's Glue table that holds the fingerprint.
FINGERPRINT = "top50_fingerprint"

# What UpdateTable takes of GetTable's answer.
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


def refresh_views(glue: "GlueClient", athena: Athena, database: GlueDatabase, log: Log) -> list[str]:
    """Make the views that are missing or outdated, in order; return their names.

    Raises CatalogError, also when a table has the name of a view, and CatalogUnavailable.
    """
    kinds = {name: table.get("TableType") for name, table in database.tables.items()}
    tables = [name for name in VIEWS if kinds.get(name, VIEW) != VIEW]
    if tables:
        raise CatalogError(
            f"in Glue database {database.name} a table has the name of a view: {', '.join(tables)}",
            "Rename or delete that table, or set TOP50_GLUE_DATABASE to a database of its own.",
        )
    outdated, prints = outdated_views(database), fingerprints()
    for view in outdated:
        athena.run(f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}")
        _sign(glue, database.name, view, prints[view.name])
        log(f"Athena view {database.name}.{view.name}: made")
    return [view.name for view in outdated]


def outdated_views(database: GlueDatabase) -> list[View]:
    """Return the views that are missing or have another fingerprint, in the order in which they are made."""
    prints = fingerprints()
    signed = {name: table.get("Parameters", {}).get(FINGERPRINT) for name, table in database.tables.items()}
    return [view for view in VIEWS.values() if signed.get(view.name) != prints[view.name]]


def fingerprints() -> dict[str, str]:
    """Return view → hash of its text, its comments, the views that it reads, and the types of all tables.

    The types count because Athena stores those of a view's columns, and calls it stale when they change.
    """
    types = {table.name: column_definitions(table, table.types) for table in TABLES.values()}
    prints: dict[str, str] = {}
    for view in VIEWS.values():
        words = set(re.findall(r"\w+", view.sql))
        reads = [prints[name] for name in prints if name in words]
        content = json.dumps([view.sql, view.columns, reads, types])
        prints[view.name] = hashlib.sha256(content.encode()).hexdigest()
    return prints


def _sign(glue: "GlueClient", database: str, view: View, fingerprint: str) -> None:
    """Put the fingerprint and the columns' comments beside the view that Athena has just made."""
    with aws_errors("Glue", f"view {database}.{view.name}", REMEDIES):
        table = glue.get_table(DatabaseName=database, Name=view.name)["Table"]
        # The rest stays as it is, the comment "Presto View" too: Athena recognises its views by it.
        # https://github.com/prestodb/presto/blob/0.284/presto-hive/src/main/java/com/facebook/presto/hive/HiveUtil.java
        changed = cast("TableInputTypeDef", {name: table[name] for name in _INPUT if name in table})  # type: ignore[literal-required]
        changed["Parameters"] = {**table.get("Parameters", {}), FINGERPRINT: fingerprint}
        changed["StorageDescriptor"] = table.get("StorageDescriptor", {})
        for column in table.get("StorageDescriptor", {}).get("Columns", []):
            column["Comment"] = view.columns.get(column["Name"], "")
        glue.update_table(DatabaseName=database, TableInput=changed)
