"""The function names that Athena's Trino knows, of those that a chart may need; DuckDB knows many others.

Not all of them: what is missing here is refused although Athena has it, never the other way round.
https://trino.io/docs/current/functions/list.html
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS = _words(
    """
    abs any_value approx_distinct approx_percentile array_agg array_distinct array_join array_sort arbitrary
    avg cardinality cast ceil ceiling char_length coalesce codepoint concat concat_ws contains count count_if
    cume_dist date date_add date_diff date_format date_parse date_trunc day day_of_month day_of_week
    day_of_year dense_rank element_at extract filter first_value flatten floor format format_datetime
    from_iso8601_date from_iso8601_timestamp from_unixtime greatest hour if json_extract json_extract_scalar
    lag last_value lead least length listagg ln log lower lpad ltrim max max_by min min_by minute mod month
    normalize nth_value ntile nullif percent_rank position pow power quarter rank regexp_extract regexp_like
    regexp_replace replace reverse round row_number rpad rtrim second sequence sign split split_part sqrt
    starts_with stddev strpos substr substring sum to_iso8601 to_unixtime
    transform trim truncate try try_cast upper week week_of_year year year_of_week yow
    """
)

NOT_FUNCTIONS = _words(
    """
    all and any array as between by case char cross cube current_timestamp decimal distinct else end except
    exists filter from group grouping having in inner intersect is join lateral like limit not offset on
    or order over recursive rollup row select sets some then time timestamp union unnest using values varchar
    when where window with
    """
)
"""Words of the language that a parenthesis may follow."""

RESERVED = _words(
    """
    alter and as between by case cast constraint create cross cube current_catalog current_date current_path
    current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else
    end escape except execute exists extract false first for from full group grouping having in inner insert
    intersect into is join json_array json_exists json_object json_query json_table json_value last left like
    listagg localtime localtimestamp natural normalize not null of on or order outer prepare recursive right
    rollup select skip table then trim true uescape union unnest using values when where with
    """
)
"""No name unless quoted; https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html (SELECT)."""

TYPES_UNKNOWN = _words(
    """
    blob bool bytea datetime float4 float8 hugeint int1 int2 int4 int8 string text timestamptz ubigint
    uhugeint uinteger usmallint utinyint
    """
)
"""Types of DuckDB that Trino does not know by these names."""
