WITH entries AS (
    SELECT
        split_part(chart_entries.chart, '-', 2) AS period,
        split_part(chart_entries.chart, '-', 1) AS region,
        chart_entries.chart_date,
        chart_entries.rank,
        chart_entries.streams,
        song_identity.song_key,
        songs.song_name,
        songs.artist_names
    FROM chart_entries
    INNER JOIN song_identity ON song_identity.song_id = chart_entries.song_id
    INNER JOIN songs ON songs.song_id = chart_entries.song_id
),
-- 1 = the song's best rank of all regions, and of one; a song may be on a chart under two ids.
places AS (
    SELECT
        entries.*,
        row_number() OVER (PARTITION BY period, chart_date, song_key ORDER BY rank, region) AS place,
        row_number() OVER (PARTITION BY period, chart_date, song_key, region ORDER BY rank) AS place_in_region
    FROM entries
)
SELECT
    period,
    chart_date,
    song_key,
    max(CASE WHEN place = 1 THEN song_name END) AS song_name,
    max(CASE WHEN place = 1 THEN artist_names END) AS artist_names,
    CAST(count(DISTINCT region) AS integer) AS charts,
    array_join(array_agg(DISTINCT region ORDER BY region), ',') AS regions,
    min(rank) AS best_rank,
    max(CASE WHEN place = 1 THEN region END) AS best_region,
    count(CASE WHEN region = 'global' THEN 1 END) > 0 AS in_global,
    max(CASE WHEN region = 'global' AND place_in_region = 1 THEN streams END) AS streams
FROM places
GROUP BY period, chart_date, song_key
