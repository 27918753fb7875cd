WITH named AS (
    SELECT DISTINCT song_artists.song_id, song_artists.artist_id, song_identity.song_key
    FROM song_artists
    INNER JOIN song_identity ON song_identity.song_id = song_artists.song_id
),
totals AS (
    SELECT
        chart_entries.chart,
        named.artist_id,
        count(DISTINCT named.song_key) AS songs,
        count(DISTINCT chart_entries.chart_date) AS weeks,
        count(*) AS entries,
        min(chart_entries.rank) AS best_rank,
        sum(greatest(51 - chart_entries.rank, 0)) AS points,
        sum(chart_entries.streams) AS streams
    FROM chart_entries
    INNER JOIN named ON named.song_id = chart_entries.song_id
    GROUP BY chart_entries.chart, named.artist_id
)
SELECT
    totals.chart,
    artist.artist_id,
    artist.artist_name,
    CAST(totals.songs AS integer) AS songs,
    CAST(totals.weeks AS integer) AS weeks,
    CAST(totals.entries AS integer) AS entries,
    totals.best_rank,
    CAST(totals.points AS integer) AS points,
    CAST(totals.streams AS bigint) AS streams
FROM totals
INNER JOIN artist ON artist.artist_id = totals.artist_id
