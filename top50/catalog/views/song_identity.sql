-- Two ids are one song when their isrc agrees, or, ignoring case, both name and artist names do; a song
-- without a name goes by its id. Names may come composed or not ("é" is one character or two): NFC. Ids can
-- hang together by several such links in a row; each round below follows one, and six are plenty. Most ids
-- have no link, and need no round.
-- Of ids that are one song the first on a chart names it: `place` counts them in that order.
WITH first_charted AS (
    SELECT
        song_id,
        min(date_diff('day', DATE '1970-01-01', chart_date) * 1000 + rank) AS first_place
    FROM chart_entries
    GROUP BY song_id
),
named AS (
    SELECT
        songs.song_id,
        CASE
            WHEN songs.song_name = '' THEN songs.song_id
            ELSE lower(normalize(songs.song_name || '|' || coalesce(songs.artist_names, '')))
        END AS name_key,
        CASE
            WHEN songs.song_name = '' OR songs.artist_names IS NULL THEN songs.song_id
            ELSE lower(normalize(songs.song_name || '|' || songs.artist_names))
        END AS same_name,
        coalesce(songs.isrc, songs.song_id) AS same_isrc,
        row_number() OVER (ORDER BY coalesce(first_charted.first_place, 999999999), songs.song_id) AS place
    FROM songs
    LEFT JOIN first_charted ON first_charted.song_id = songs.song_id
),
linked AS (
    SELECT
        named.*,
        count(*) OVER (PARTITION BY same_isrc) > 1 OR count(*) OVER (PARTITION BY same_name) > 1 AS is_linked
    FROM named
),
round_1 AS (
    SELECT song_id, same_name, same_isrc, min(place) OVER (PARTITION BY same_isrc) AS place
    FROM linked
    WHERE is_linked
),
round_2 AS (
    SELECT song_id, same_name, same_isrc, min(place) OVER (PARTITION BY same_name) AS place FROM round_1
),
round_3 AS (
    SELECT song_id, same_name, same_isrc, min(place) OVER (PARTITION BY same_isrc) AS place FROM round_2
),
round_4 AS (
    SELECT song_id, same_name, same_isrc, min(place) OVER (PARTITION BY same_name) AS place FROM round_3
),
round_5 AS (
    SELECT song_id, same_name, same_isrc, min(place) OVER (PARTITION BY same_isrc) AS place FROM round_4
),
round_6 AS (
    SELECT song_id, same_name, same_isrc, min(place) OVER (PARTITION BY same_name) AS place FROM round_5
)
SELECT
    round_6.song_id,
    named.name_key AS song_key
FROM round_6
INNER JOIN named ON named.place = round_6.place
UNION ALL
SELECT
    song_id,
    name_key
FROM linked
WHERE NOT is_linked
