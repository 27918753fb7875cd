WITH newest AS (
    SELECT chart, max(chart_date) AS chart_date FROM chart_entries GROUP BY chart
)
SELECT
    chart_movement.chart,
    chart_movement.chart_date,
    chart_movement.rank,
    chart_movement.song_id,
    chart_movement.song_key,
    songs.song_name,
    songs.artist_names,
    songs.artist_id,
    songs.album_id,
    album.name AS album_name,
    album.release_date,
    coalesce(album.image_url, songs.image_url) AS image_url,
    songs.url,
    songs.duration_ms,
    songs.explicit,
    chart_entries.streams,
    chart_entries.popularity,
    chart_movement.previous_rank,
    chart_movement.rank_change,
    chart_movement.status,
    chart_movement.peak_rank,
    chart_movement.peak_date,
    chart_movement.weeks_on_chart,
    chart_movement.streak_weeks,
    chart_movement.reported_previous_rank,
    chart_movement.reported_peak_rank,
    chart_movement.reported_weeks_on_chart
FROM newest
INNER JOIN chart_movement
    ON chart_movement.chart = newest.chart
    AND chart_movement.chart_date = newest.chart_date
INNER JOIN chart_entries
    ON chart_entries.chart = chart_movement.chart
    AND chart_entries.chart_date = chart_movement.chart_date
    AND chart_entries.rank = chart_movement.rank
LEFT JOIN songs ON songs.song_id = chart_movement.song_id
LEFT JOIN album ON album.album_id = songs.album_id
