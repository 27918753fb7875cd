"""What the template makes, made in the stand-ins for Glue and Athena."""

from contextlib import closing

from tests.aws.template import Stack
from tests.servers.glue import GlueServer


def make_stack(server: GlueServer, stack: Stack) -> None:
    """The database, the crawlers and the work group."""
    with closing(server.client()) as glue:
        for database in stack.of_type("AWS::Glue::Database").values():
            glue.create_database(DatabaseInput=database["DatabaseInput"])
        for crawler in stack.of_type("AWS::Glue::Crawler").values():
            glue.create_crawler(**crawler)
    with closing(server.athena_client()) as athena:
        for workgroup in stack.of_type("AWS::Athena::WorkGroup").values():
            athena.create_work_group(
                Name=workgroup["Name"],
                Description=workgroup["Description"],
                Configuration=workgroup["WorkGroupConfiguration"],
            )
    server.calls.clear()
