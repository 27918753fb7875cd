"""Odd surroundings of a run, and how it ends in them; `make test` and the torture share this table."""

import os
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# An address that names no lake → what the line says.
ADDRESSES = {
    "~nobody-of-that-name/x": "names the home of an unknown user",
    "s3:bucket": "neither a directory nor s3://",
    "gs://bucket": "neither a directory nor s3://",
    "S3://bucket": "neither a directory nor s3://",
    "s3://": "does not name a bucket",
    "s3:///x": "does not name a bucket",
    "s3://b/../x": "an empty part, . or .. in its prefix",
    "s3://b/x//y": "an empty part, . or .. in its prefix",
    "s3://b?versionId=1": "is not a valid bucket name",
    "s3://[::1": "is not a valid bucket name",
    os.fsdecode(b"lake-\xff"): "the name lake-� is not UTF-8",
}

# What cannot be read of `.env` → what the line says; {} is the file.
ENV_FILES = {
    b'A=1\n\n\nTOP50_LAKE="./elsewhere\nB=2\n': "line 4 of {} is not NAME=value",
    b"TOP50_LAKE='x\n": "line 1 of {} is not NAME=value",
    b"A=1\nTOP50_LAKE ./elsewhere\n": "line 2 of {} is not NAME=value",
    "A=1\nTOP50_LAKE=café\n".encode("latin-1"): "line 2 of {} is not UTF-8",
    "TOP50_LAKE=x\n".encode("utf-16"): "line 1 of {} is not UTF-8",
}

# A setting that cannot be → what the line says.
SETTINGS = {
    ("TOP50_LAEK", "x"): "unknown setting TOP50_LAEK. Did you mean TOP50_LAKE?",
    ("TOP50_CHART", "local"): "TOP50_CHART: 'local' is not one of 'global-weekly' or 'global-daily'",
    ("TOP50_SIZE", "0"): "TOP50_SIZE: '0' is not a whole number from 1 to 200",
    ("TOP50_CATALOG", "glue"): "TOP50_CATALOG=glue needs a lake on S3",
    ("PREFECT_API_URL", "http://prefect.example/api"): "PREFECT_API_URL points to prefect.example over http",
    ("PREFECT_API_URL", "http://[::1"): "Prefect cannot read its settings",
    ("PREFECT_API_URL", "nonsense"): "PREFECT_API_URL",
    ("PREFECT_API_URL", "http://127.0.0.1:9/api"): "the Prefect server does not answer",
}


@dataclass(frozen=True)
class Place:
    """Where a case is tried: the lake, the project, and a folder for what is odd."""

    lake: Path
    project: Path
    odd: Path


def _nothing(_: Place) -> None:
    """Make nothing."""


def _usual() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Case:
    """What is odd, and how the run ends."""

    what: str
    says: str = ""
    """What its last line says; nothing: it completes."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """With {odd} and {lake} for the folders."""
    options: tuple[str, ...] = ()
    module: str = "flows.process_pending"
    code: int = 1
    """How it ends where it does not complete."""
    make: Callable[[Place], object] = _nothing
    begin: Callable[[], object] = _usual
    """What its process does to itself before it starts."""
    interrupt: float = 0.0
    """After what part of a run's usual time somebody presses Ctrl-C."""
    server: bool = True
    """Whether it knows a Prefect server."""
    or_completes: bool = False
    """Whether it may as well complete."""

    @property
    def needs_no_process(self) -> bool:
        """Whether a forked process does as well as one that is started: only our settings are odd."""
        ours = all(name.startswith("TOP50_") and each.isascii() for name, each in self.settings.items())
        return ours and self.server and (self.make, self.begin, self.interrupt) == (_nothing, _usual, 0.0)


def _shut(*keys: str) -> Callable[[Place], None]:
    def make(place: Place) -> None:
        for key in keys:
            (place.lake / key).mkdir(parents=True, exist_ok=True)
            (place.lake / key).chmod(0o555)

    return make


def _env(content: bytes) -> Callable[[Place], object]:
    return lambda place: (place.project / ".env").write_bytes(content)


def _limit(what: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(what, (most, most))


def _closed(stream: int) -> Callable[[], None]:
    return lambda: os.close(stream)


def _full() -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


def _planted(place: Place) -> None:
    for name in ("duckdb", "polars", "jinja2", "json", "site"):
        (place.odd / f"{name}.py").write_text(f"open({str(place.odd / 'ran')!r}, 'w'); raise SystemExit(77)")


def _file(what: str, says: str, make: Callable[[Place], object]) -> Case:
    options = ("--source=charts-csv", "--file={odd}/regional-global-weekly-2026-11-19.csv")
    return Case(f"--file is {what}", says, {}, options, "flows.weekly_chart", make=make)


def _csv(place: Place) -> Path:
    return place.odd / "regional-global-weekly-2026-11-19.csv"


CASES = [
    *[Case(f"TOP50_LAKE={each!r}", says, {"TOP50_LAKE": each}) for each, says in ADDRESSES.items()],
    *[Case(f"{name}={value}", says, {name: value}) for (name, value), says in SETTINGS.items()],
    *[
        Case(f"{content!r} in .env", says.partition("{} ")[2], make=_env(content))
        for content, says in ENV_FILES.items()
    ],
    Case("a byte order mark and CRLF in .env", make=_env(b"\xef\xbb\xbfTOP50_SIZE=50\r\n")),
    Case("an .env that may not be read", "cannot read", make=lambda at: (at.project / ".env").touch(0)),
    Case("no lake", "there is no lake at", {"TOP50_LAKE": "{odd}/lake"}),
    Case(
        "a file in the place of the lake",
        "there is no lake at",
        {"TOP50_LAKE": "{odd}/a"},
        make=lambda at: (at.odd / "a").touch(),
    ),
    Case(
        "a lake below a file",
        "there is no lake at",
        {"TOP50_LAKE": "{odd}/a/b"},
        make=lambda at: (at.odd / "a").touch(),
    ),
    Case(
        "a link to the lake",
        "",
        {"TOP50_LAKE": "{odd}/a"},
        make=lambda at: (at.odd / "a").symlink_to(at.lake),
    ),
    Case(
        "a lake that leads to itself",
        "no lake",
        {"TOP50_LAKE": "{odd}/a"},
        make=lambda at: (at.odd / "a").symlink_to("a"),
    ),
    Case("a lake that may not be written", "Give this user the right", make=_shut(".")),
    Case("tables that may not be written", "Give this user the right", make=_shut("transformed_data")),
    Case("an archive that may not be written", "Give this user the right", make=_shut("raw_data/processed")),
    Case("a .top50 that may not be written", "Give this user the right", make=_shut(".top50")),
    Case("reports that may not be written", "Give this user the right", make=_shut("reports")),
    Case(
        "a home that is a file",
        "Prefect cannot write",
        {"HOME": "{odd}/a"},
        make=lambda at: (at.odd / "a").touch(),
        server=False,
    ),
    Case(
        "a home that may not be written",
        "Prefect cannot write",
        {"HOME": "{odd}"},
        make=lambda at: at.odd.chmod(0o555),
        server=False,
    ),
    Case("no home", "", {"HOME": "{odd}/nowhere"}),
    Case("a TMPDIR that is not there", "", {"TMPDIR": "{odd}/nowhere"}),
    Case("a TMPDIR that may not be written", "", {"TMPDIR": "{odd}"}, make=lambda at: at.odd.chmod(0o555)),
    *[
        Case(f"output in {name}", "", {"PYTHONIOENCODING": name})
        for name in ("ascii", "latin-1", "utf-16", "cp037")
    ],
    Case("the C locale", "", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    Case("a locale that is none", "", {"LC_ALL": "xx_YY.nonsense", "LANG": "nonsense"}),
    Case("a Turkish locale", "", {"LC_ALL": "tr_TR.UTF-8"}),
    *[
        Case(f"TZ={zone}", "", {"TZ": zone})
        for zone in ("Pacific/Kiritimati", "America/St_Johns", "nonsense", ":/dev/null")
    ],
    Case("no standard output", begin=_closed(1)),
    Case("no standard error", begin=_closed(2)),
    Case("no standard input", begin=_closed(0)),
    Case("a full disk behind the output", "No space left", begin=_full),
    Case("Python without docstrings", "", {"PYTHONOPTIMIZE": "2"}),
    Case("a mask that gives others nothing", begin=lambda: os.umask(0o077)),
    *[
        Case(f"{name} set", "", {name: "http://127.0.0.1:9"})
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY")
    ],
    Case("HTTP_PROXY and NO_PROXY that are no addresses", "", {"NO_PROXY": "[", "HTTP_PROXY": "nonsense"}),
    Case("modules of the same names in the folder", "", make=_planted),
    *[
        Case(
            f"{size} MB of memory",
            "not enough memory",
            begin=_limit(resource.RLIMIT_AS, size << 20),
            or_completes=True,
        )
        for size in (150, 300, 600, 1200)
    ],
    Case("files of 4 KB at most", "Raise the limit", begin=_limit(resource.RLIMIT_FSIZE, 4096)),
    *[
        Case(
            f"{most} open files at most",
            "open files",
            begin=_limit(resource.RLIMIT_NOFILE, most),
            or_completes=True,
        )
        for most in (12, 48, 96)
    ],
    Case("an option that is none", "Unknown option", options=("--nonsense",), code=2),
    Case("a value that is none", "Invalid value", options=("--catalog=nonsense",), code=2),
    *[
        Case(f"--dask {to}", says, options=("--dask", to), module="flows.rebuild")
        for says, *places in (("without TLS", "foo://x", "tcp://host.example:1", "x"),)
        for to in places
    ],
    Case(
        "--dask that is empty", "at least 1 character", options=("--dask", ""), module="flows.rebuild", code=2
    ),
    _file("a pipe", "regular file", lambda at: os.mkfifo(_csv(at))),
    _file("a device", "not a regular file", lambda at: _csv(at).symlink_to("/dev/zero")),
    _file("a folder", "Is a directory. Check --file", lambda at: _csv(at).mkdir()),
    _file("not there", "No such file or directory. Check --file", _nothing),
    _file("a link to itself", "symbolic links. Check --file", lambda at: _csv(at).symlink_to(_csv(at).name)),
    _file("empty", "the object is empty", lambda at: _csv(at).touch()),
    *[
        Case(
            f"Ctrl-C after {part}/12 of a run",
            "Interrupted; nothing is lost",
            code=130,
            interrupt=part / 12,
            or_completes=True,
        )
        for part in range(1, 13, 2)
    ],
]


def sample(cases: list[Case]) -> list[Case]:
    """Return a few cases of different kinds."""
    few = (
        "TOP50_LAEK=x",
        "glue",
        "prefect.example",
        "gs://",
        "C locale",
        "no lake",
        "a home that is",
    )
    return [case for case in cases if any(part in case.what for part in few)]
