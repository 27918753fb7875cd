"""What Athena refuses although DuckDB would run it."""

import pytest
from sqlglot import exp

from .trino import RefusedError, parsed
from .trino_types import typed

ALBUM = {"album_id": "varchar", "release_date": "date", "total_tracks": "integer", "updated_at": "timestamp"}


def checked(sql: str) -> list[str]:
    query = parsed(sql)
    assert isinstance(query, exp.Query)
    return typed(query, "charts", {"charts": {"album": ALBUM}}).named_selects


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT nme FROM album", "COLUMN_NOT_FOUND: .*nme"),
        ("SELEC album_id FROM album", "SYNTAX_ERROR"),
        ("FROM album", "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", "SYNTAX_ERROR: Only one"),
        ("SELECT * FROM album WHERE release_date > '2026-01-01'", "TYPE_MISMATCH: .*text, time"),
        ("SELECT * FROM album WHERE release_date IN ('2026-01-01')", "TYPE_MISMATCH"),
        ("SELECT release_date + 1 AS next FROM album", "TYPE_MISMATCH: .*number, time"),
        ("SELECT album_id || total_tracks AS both FROM album", "TYPE_MISMATCH"),
        ('SELECT album_id FROM album WHERE album_id = "a"', "COLUMN_NOT_FOUND"),
        ("SELECT total_tracks + 1 AS more FROM album GROUP BY more", "COLUMN_NOT_FOUND: .*more"),
        ("SELECT strftime(release_date, '%Y') AS y FROM album", "FUNCTION_NOT_FOUND: .*strftime"),
        ("SELECT datediff('day', release_date, release_date) AS d FROM album", "FUNCTION_NOT_FOUND"),
        ("SELECT total_tracks::bigint AS t FROM album", "SYNTAX_ERROR: line 1:21"),
        ("SELECT CAST(total_tracks AS text) AS t FROM album", "SYNTAX_ERROR: .*Unknown type: text"),
        ("SELECT [1, 2] AS numbers", "SYNTAX_ERROR: .*ARRAY"),
        ("SELECT * EXCLUDE (album_id) FROM album", "SYNTAX_ERROR: .*exclude"),
        ("SELECT album_id, count(*) AS c FROM album GROUP BY ALL", "SYNTAX_ERROR: GROUP BY ALL"),
        ("SELECT * FROM album QUALIFY row_number() OVER (ORDER BY album_id) = 1", "SYNTAX_ERROR: .*qualify"),
        ("SELECT release_date - INTERVAL 7 DAYS AS d FROM album", "SYNTAX_ERROR: .*INTERVAL"),
        ("SELECT * FROM album LIMIT 1 OFFSET 1", "SYNTAX_ERROR: .*OFFSET comes before LIMIT"),
        ("SELECT album_id AS first FROM album", "SYNTAX_ERROR: .*reserved"),
        ("SELECT album_id AS id, id || 'a' AS more FROM album", "COLUMN_NOT_FOUND: .*id"),
        ("SELECT DISTINCT ON (album_id) * FROM album", "SYNTAX_ERROR: DISTINCT ON"),
        ("SELECT `album_id` FROM album", "SYNTAX_ERROR: .*double quotes"),
        ("SELECT {'a': 1} AS a", "SYNTAX_ERROR: .*struct"),
        ("SELECT * FROM album WHERE album_id ILIKE 'A%'", "SYNTAX_ERROR: .*ilike"),
        ("SELECT left(album_id, 1) AS a FROM album", "FUNCTION_NOT_FOUND: .*left"),
        ("SELECT lower(total_tracks) AS a FROM album", "TYPE_MISMATCH: lower is for varchar"),
        ("SELECT CASE WHEN total_tracks = 1 THEN 'a' ELSE release_date END AS a FROM album", "TYPE_MISMATCH"),
        ("SELECT coalesce(total_tracks, 'a') AS a FROM album", "TYPE_MISMATCH"),
    ],
)
def test_it_is_refused(sql: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        checked(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT album_id AS a FROM album WHERE release_date > DATE '2026-01-01' ORDER BY a OFFSET 1 LIMIT 1;",
        "SELECT release_date + total_tracks * INTERVAL '7' DAY AS a FROM album -- and a note",
        "SELECT date_diff('day', release_date, CAST(updated_at AS date)) AS a FROM album",
        "WITH digits (a) AS (VALUES (1), (2)) SELECT a FROM digits WHERE a IN (1, 3) AND NOT (a > 2)",
        "SELECT concat_ws('[::]', album_id, CAST(total_tracks AS varchar)) AS \"a\" FROM charts.album",
        "SELECT count(*) FILTER (WHERE total_tracks BETWEEN 1 AND 9.5) AS a FROM album",
        "SELECT a FROM UNNEST(ARRAY[1, 2]) AS numbers (a)",
    ],
)
def test_it_is_run(sql: str) -> None:
    assert checked(sql) == ["a"]
