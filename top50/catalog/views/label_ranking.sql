SELECT
    chart_entries.chart,
    chart_entries.label,
    CAST(count(DISTINCT song_identity.song_key) AS integer) AS songs,
    CAST(count(DISTINCT chart_entries.chart_date) AS integer) AS weeks,
    CAST(count(*) AS integer) AS entries,
    min(chart_entries.rank) AS best_rank,
    CAST(sum(greatest(51 - chart_entries.rank, 0)) AS integer) AS points,
    CAST(sum(chart_entries.streams) AS bigint) AS streams
FROM chart_entries
INNER JOIN song_identity ON song_identity.song_id = chart_entries.song_id
WHERE chart_entries.label IS NOT NULL
GROUP BY chart_entries.chart, chart_entries.label
