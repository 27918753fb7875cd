WITH charts AS (
    SELECT DISTINCT chart, chart_date FROM chart_entries
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
),
followed AS (
    SELECT
        songs_on_charts.*,
        CAST(
            CASE
                WHEN chart LIKE '%-daily' THEN chart_date + INTERVAL '1' DAY
                ELSE chart_date + INTERVAL '7' DAY
            END AS date
        ) AS date_after,
        lead(chart_date) OVER (PARTITION BY chart, song_key ORDER BY chart_date) AS date_next_seen
    FROM songs_on_charts
)
SELECT
    charts.chart,
    charts.chart_date,
    followed.song_id,
    followed.song_key,
    followed.last_rank,
    followed.peak_rank,
    followed.weeks_on_chart
FROM followed
INNER JOIN charts
    ON charts.chart = followed.chart
    AND charts.chart_date = followed.date_after
WHERE followed.date_next_seen IS NULL OR followed.date_next_seen > followed.date_after
