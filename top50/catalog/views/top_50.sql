SELECT
    chart_entries.chart,
    chart_entries.chart_date,
    chart_entries.rank,
    chart_entries.song_id,
    song_identity.song_key,
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
    chart_entries.popularity
FROM chart_entries
LEFT JOIN songs ON songs.song_id = chart_entries.song_id
LEFT JOIN album ON album.album_id = songs.album_id
LEFT JOIN song_identity ON song_identity.song_id = chart_entries.song_id
