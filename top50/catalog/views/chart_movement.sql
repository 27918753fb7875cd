WITH entries AS (
    SELECT
        chart_entries.*,
        song_identity.song_key,
        CAST(
            CASE
                WHEN chart_entries.chart LIKE '%-daily' THEN chart_entries.chart_date - INTERVAL '1' DAY
                ELSE chart_entries.chart_date - INTERVAL '7' DAY
            END AS date
        ) AS date_before
    FROM chart_entries
    LEFT JOIN song_identity ON song_identity.song_id = chart_entries.song_id
),
charts AS (
    SELECT DISTINCT chart, chart_date FROM chart_entries
),
-- A song that is on one chart under two ids counts once, with its better rank.
places AS (
    SELECT chart, chart_date, date_before, song_key, min(rank) AS rank
    FROM entries
    GROUP BY chart, chart_date, date_before, song_key
),
compared AS (
    SELECT
        places.*,
        lag(chart_date) OVER so_far AS date_last_seen,
        lag(rank) OVER so_far AS rank_last_seen,
        min(rank) OVER so_far AS peak_rank,
        -- The best rank and the first date that had it as one number, of which the date is the last five digits.
        min(rank * 100000 + date_diff('day', DATE '1970-01-01', chart_date)) OVER so_far AS peak,
        count(*) OVER so_far AS weeks_on_chart
    FROM places
    WINDOW so_far AS (PARTITION BY chart, song_key ORDER BY chart_date)
),
streaks AS (
    SELECT
        compared.*,
        CASE WHEN date_last_seen = date_before THEN rank_last_seen END AS previous_rank,
        -- As many charts back as the song has been on: without a break this is always the same date.
        CAST(
            CASE
                WHEN chart LIKE '%-daily' THEN chart_date - weeks_on_chart * INTERVAL '1' DAY
                ELSE chart_date - weeks_on_chart * INTERVAL '7' DAY
            END AS date
        ) AS streak
    FROM compared
),
history AS (
    SELECT
        streaks.*,
        count(*) OVER (PARTITION BY chart, song_key, streak ORDER BY chart_date) AS streak_weeks
    FROM streaks
)
SELECT
    entries.chart,
    entries.chart_date,
    entries.rank,
    entries.song_id,
    entries.song_key,
    history.previous_rank,
    history.previous_rank - entries.rank AS rank_change,
    CASE
        WHEN charts.chart_date IS NULL THEN 'unknown'
        WHEN history.previous_rank IS NULL AND history.weeks_on_chart = 1 THEN 'new'
        WHEN history.previous_rank IS NULL THEN 'returned'
        WHEN history.previous_rank > entries.rank THEN 'up'
        WHEN history.previous_rank < entries.rank THEN 'down'
        ELSE 'same'
    END AS status,
    history.peak_rank,
    CAST(DATE '1970-01-01' + history.peak % 100000 * INTERVAL '1' DAY AS date) AS peak_date,
    CAST(history.weeks_on_chart AS integer) AS weeks_on_chart,
    CAST(history.streak_weeks AS integer) AS streak_weeks,
    entries.reported_previous_rank,
    entries.reported_peak_rank,
    entries.reported_weeks_on_chart
FROM entries
INNER JOIN history
    ON history.chart = entries.chart
    AND history.chart_date = entries.chart_date
    AND history.song_key = entries.song_key
LEFT JOIN charts
    ON charts.chart = entries.chart
    AND charts.chart_date = entries.date_before
