SELECT
    chart,
    album_id,
    album_name AS name,
    min_by(artist_names, CAST(chart_date AS varchar) || ' ' || lpad(CAST(rank AS varchar), 3, '0')) AS artist_names,
    CAST(count(DISTINCT song_key) AS integer) AS songs,
    CAST(count(DISTINCT chart_date) AS integer) AS weeks,
    CAST(count(*) AS integer) AS entries,
    min(rank) AS best_rank,
    CAST(sum(greatest(51 - rank, 0)) AS integer) AS points,
    CAST(sum(streams) AS bigint) AS streams
FROM top_50
WHERE album_id IS NOT NULL
GROUP BY chart, album_id, album_name
