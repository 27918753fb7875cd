-- Two ids are one song when their isrc agrees, or, ignoring case, both name and artist names do. Ids can
-- hang together by several such links in a row; each round below follows two, and four rounds are plenty.
WITH first_charted AS (
    SELECT
        song_id,
        min(CAST(chart_date AS varchar) || ' ' || lpad(CAST(rank AS varchar), 3, '0')) AS place
    FROM chart_entries
    GROUP BY song_id
),
named AS (
    SELECT
        songs.song_id,
        lower(songs.song_name || '|' || coalesce(songs.artist_names, '')) AS name_key,
        coalesce(lower(songs.song_name || '|' || songs.artist_names), songs.song_id) AS same_name,
        coalesce(songs.isrc, songs.song_id) AS same_isrc,
        coalesce(first_charted.place, '9999-12-31 999') || ' ' || songs.song_id AS founder
    FROM songs
    LEFT JOIN first_charted ON first_charted.song_id = songs.song_id
),
round_1 AS (
    SELECT song_id, same_name, same_isrc, min(founder) OVER (PARTITION BY same_isrc) AS founder FROM named
),
round_2 AS (
    SELECT song_id, same_name, same_isrc, min(founder) OVER (PARTITION BY same_name) AS founder FROM round_1
),
round_3 AS (
    SELECT song_id, same_name, same_isrc, min(founder) OVER (PARTITION BY same_isrc) AS founder FROM round_2
),
round_4 AS (
    SELECT song_id, same_name, same_isrc, min(founder) OVER (PARTITION BY same_name) AS founder FROM round_3
),
round_5 AS (
    SELECT song_id, same_name, same_isrc, min(founder) OVER (PARTITION BY same_isrc) AS founder FROM round_4
),
round_6 AS (
    SELECT song_id, same_name, same_isrc, min(founder) OVER (PARTITION BY same_name) AS founder FROM round_5
)
SELECT
    round_6.song_id,
    named.name_key AS song_key
FROM round_6
INNER JOIN named ON named.song_id = substr(round_6.founder, 16)
