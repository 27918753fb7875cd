WITH found AS (
    SELECT
        chart,
        chart_date,
        CAST(count(*) AS integer) AS entries,
        min(source) AS source,
        max(observed_at) AS observed_at
    FROM chart_entries
    GROUP BY chart, chart_date
),
spans AS (
    SELECT chart, min(chart_date) AS first_date, max(chart_date) AS newest_date FROM found GROUP BY chart
),
digits (digit) AS (
    VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)
),
numbers AS (
    SELECT ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit AS number
    FROM digits AS ones
    CROSS JOIN digits AS tens
    CROSS JOIN digits AS hundreds
    CROSS JOIN digits AS thousands
),
expected AS (
    SELECT
        chart,
        newest_date,
        CAST(
            CASE
                WHEN chart LIKE '%-daily' THEN first_date + number * INTERVAL '1' DAY
                ELSE first_date + number * INTERVAL '7' DAY
            END AS date
        ) AS chart_date
    FROM spans
    CROSS JOIN numbers
)
SELECT
    expected.chart,
    expected.chart_date,
    coalesce(found.entries, 0) AS entries,
    found.source,
    found.observed_at,
    found.chart_date IS NULL AS missing
FROM expected
LEFT JOIN found
    ON found.chart = expected.chart
    AND found.chart_date = expected.chart_date
WHERE expected.chart_date <= expected.newest_date
