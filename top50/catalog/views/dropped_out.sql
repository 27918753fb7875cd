WITH charts AS (
    SELECT
        chart,
        chart_date,
        CAST(
            CASE
                WHEN chart = 'global-daily' THEN chart_date - INTERVAL '1' DAY
                ELSE chart_date - INTERVAL '7' DAY
            END AS date
        ) AS date_before
    FROM (SELECT DISTINCT chart, chart_date FROM chart_entries) AS every_chart
),
songs_on_charts AS (
    SELECT
        chart,
        chart_date,
        song_key,
        min_by(song_id, rank) AS song_id,
        min(rank) AS last_rank,
        min(peak_rank) AS peak_rank,
        max(weeks_on_chart) AS weeks_on_chart
    FROM chart_movement
    GROUP BY chart, chart_date, song_key
)
SELECT
    charts.chart,
    charts.chart_date,
    before.song_id,
    before.song_key,
    before.last_rank,
    before.peak_rank,
    before.weeks_on_chart
FROM charts
INNER JOIN songs_on_charts AS before
    ON before.chart = charts.chart
    AND before.chart_date = charts.date_before
LEFT JOIN songs_on_charts AS still
    ON still.chart = charts.chart
    AND still.chart_date = charts.chart_date
    AND still.song_key = before.song_key
WHERE still.song_key IS NULL
