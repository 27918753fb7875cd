"""Which rights requests need: IAM's actions and resources for what a recording holds."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.aws.policy import Call
from tests.aws.template import ACCOUNT, ARN, REGION
from tests.servers.http_requests import Request
from tests.servers.seaweedfs import S3_HOST
from top50.catalog.views import VIEWS
from top50.tables.schemas import TABLES

_HERE = f"{REGION}:{ACCOUNT}"

# Athena asks Glue and S3 with its caller's rights.
# https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
_OF_A_DATABASE = ("glue:GetDatabase", "glue:GetDatabases")
_OF_A_READ_TABLE = ("glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition")
_OF_A_MADE_VIEW = ("glue:GetTable", "glue:CreateTable", "glue:UpdateTable")
# https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
_OF_THE_BUCKET = "s3:GetBucketLocation"


def s3_calls(requests: Iterable[Request], kms_key: str) -> Iterator[Call]:
    """What requests to S3 (the bucket is the host) need, when the bucket is encrypted with that key."""
    for request in requests:
        bucket, key = request.host.removesuffix(f".{S3_HOST}"), request.path.removeprefix("/")
        if not key:
            yield from _of_bucket(request, bucket)
            continue
        yield _object(_verb(request.method), f"{bucket}/{key}")
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        if request.method == "PUT":
            yield Call("kms:GenerateDataKey", kms_key)
        if request.method == "GET":
            yield Call("kms:Decrypt", kms_key)
        if copied := request.headers.get("x-amz-copy-source"):
            source = unquote(copied).lstrip("/")
            yield _object("GetObject", source)
            yield Call("kms:Decrypt", kms_key)
            # S3 copies an object's tags with it, and asks for both rights when there are any.
            yield _object("GetObjectTagging", source)
            yield _object("PutObjectTagging", f"{bucket}/{key}")
        if request.method in ("GET", "HEAD"):
            # For a key that is not there S3 answers 404 only to those who may list, else 403.
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
            yield Call("s3:ListBucket", f"{ARN}:s3:::{bucket}")


def _of_bucket(request: Request, bucket: str) -> Iterator[Call]:
    if request.method == "GET" and "list-type" in request.query:
        prefix = (("s3:prefix", request.query.get("prefix", "")),)
        yield Call("s3:ListBucket", f"{ARN}:s3:::{bucket}", prefix)
    elif request.method == "POST" and "delete" in request.query:
        for key in re.findall(r"<Key>(.*?)</Key>", request.body.decode()):
            yield _object("DeleteObject", f"{bucket}/{key}")
    else:
        raise AssertionError(f"nobody knows the right to {request.method} {request.target}")


def _verb(method: str) -> str:
    return {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}[method]


def _object(action: str, path: str) -> Call:
    return Call(f"s3:{action}", f"{ARN}:s3:::{path}")


def aws_calls(requests: Iterable[Request], lake: str, kms_key: str) -> Iterator[Call]:
    """What requests to the other services need; `lake` is bucket/folder/, encrypted with that key."""
    workgroup = ""
    for request in requests:
        prefix, _, action = request.headers.get("x-amz-target", "").partition(".")
        body: dict[str, Any] = json.loads(request.body) if action else {}
        match prefix:
            case "AWSGlue":
                yield from _glue(action, body)
            case "AmazonAthena":
                workgroup = body.get("WorkGroup", workgroup)
                yield Call(f"athena:{action}", f"{ARN}:athena:{_HERE}:workgroup/{workgroup}")
                if action == "StartQueryExecution":
                    database = body["QueryExecutionContext"]["Database"]
                    yield from _on_behalf(body["QueryString"], database, lake)
                    # https://docs.aws.amazon.com/athena/latest/ug/managed-results.html
                    yield Call("kms:GenerateDataKey", kms_key)
                    yield Call("kms:Decrypt", kms_key)
            case _:
                yield from _of_rest(request)


def _of_rest(request: Request) -> Iterator[Call]:
    if ingestion := re.fullmatch(r"/accounts/\d+/data-sets/([^/]+)/ingestions/([^/]+)", request.path):
        resource = f"{ARN}:quicksight:{_HERE}:dataset/{ingestion[1]}/ingestion/{ingestion[2]}"
        yield Call("quicksight:CreateIngestion", resource, (("aws:RequestedRegion", REGION),))
    elif parse_qs(request.body.decode()).get("Action") != ["GetCallerIdentity"]:  # which needs no right
        raise AssertionError(f"nobody knows the right to {request.method} {request.target} {request.body!r}")


def _glue(action: str, body: dict[str, Any]) -> Iterator[Call]:
    if "Crawler" in action:
        yield Call(f"glue:{action}", f"{ARN}:glue:{_HERE}:crawler/{body['Name']}")
        return
    database = body.get("DatabaseName") or body["Name"]
    table = body.get("TableName") or body.get("TableInput", {}).get("Name")
    if action == "GetTable":
        table = body["Name"]
    yield from _in_glue(action, database, "*" if action == "GetTables" else table)


def _in_glue(action: str, database: str, table: str | None) -> Iterator[Call]:
    """A right on something is a right on what it is in, too."""
    places = ["catalog", f"database/{database}", *([f"table/{database}/{table}"] if table else [])]
    for place in places:
        yield Call(f"glue:{action.removeprefix('glue:')}", f"{ARN}:glue:{_HERE}:{place}")


def _on_behalf(sql: str, database: str, lake: str) -> Iterator[Call]:
    for action in _OF_A_DATABASE:
        yield from _in_glue(action, database, None)
    if made := re.match(r"CREATE OR REPLACE VIEW (\w+)", sql):
        for action in _OF_A_MADE_VIEW:
            yield from _in_glue(action, database, made[1])
    for name in _read(sql):
        for action in _OF_A_READ_TABLE:
            yield from _in_glue(action, database, name)
        if name in TABLES:
            folder = f"transformed_data/{name}/"
            prefix = (("s3:prefix", lake.partition("/")[2] + folder),)
            yield Call("s3:ListBucket", f"{ARN}:s3:::{lake.partition('/')[0]}", prefix)
            yield _object("GetObject", f"{lake}{folder}any.parquet")
    yield Call(_OF_THE_BUCKET, f"{ARN}:s3:::{lake.partition('/')[0]}")


def _read(sql: str) -> set[str]:
    """The tables and views that a statement reads, and those that these read."""
    named = {name for name in {*TABLES, *VIEWS} if re.search(rf'(?:FROM|JOIN)\s+"?{name}\b', sql)}
    return named.union(*(_read(VIEWS[name].sql) for name in named if name in VIEWS))
