WITH named AS (
    SELECT DISTINCT song_id, artist_id FROM song_artists
)
SELECT
    chart_entries.chart,
    artist.artist_id,
    artist.artist_name,
    CAST(count(DISTINCT song_identity.song_key) AS integer) AS songs,
    CAST(count(DISTINCT chart_entries.chart_date) AS integer) AS weeks,
    CAST(count(*) AS integer) AS entries,
    min(chart_entries.rank) AS best_rank,
    CAST(sum(51 - chart_entries.rank) AS integer) AS points,
    CAST(sum(chart_entries.streams) AS bigint) AS streams
FROM chart_entries
INNER JOIN named ON named.song_id = chart_entries.song_id
INNER JOIN artist ON artist.artist_id = named.artist_id
INNER JOIN song_identity ON song_identity.song_id = chart_entries.song_id
GROUP BY chart_entries.chart, artist.artist_id, artist.artist_name
