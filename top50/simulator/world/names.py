"""Invented names of artists, songs, albums and labels, and the markets where songs are available.

No two artists and no two songs share a name.
"""

from zlib import crc32

GIVEN = str.split(
    """
    Nils Zoë Søren Oriel Tamsin Ludo Çağla Łukasz Ñusta Ilse Bram Odalys Fenna Joaquín Mireille Anselm Thora
    Wim Yrsa Pelle Ottoline Cosmo Lior Nomvula Jürgen Saoirse Xiomara Tiitus Bára Eszter Dragan Ioana Mehmet
    Halldór Inés Quirin Rasmine Svea Tancred Ulrike Vesna Wanjiru Yannis Zdeněk Amparo Benoît Ciarán Désirée
    Emre Florin Gráinne Hedda Ignace Jorunn Kaveh Leocadia Máté Noor Ósk Perpetua Rögnvald Siôn Tuuli Urbain
    李星 Юля مريم Αλέξης さくら 하늘 नीला Þóra
    """
)
TRADES = str.split(
    """
    Baker Miller Fisher Mason Cooper Weaver Tanner Thatcher Fletcher Chandler Sawyer Turner Potter Glover
    Shepherd Fowler Draper Spicer Brewer Barker Wheeler Wainwright Cartwright Sadler Slater Glazier Joiner
    Carver Cutler Naylor Smelter Collier Forester Parker Gardener Hayward Reeve Bailiff Clerk Scribe Piper
    Harper Fiddler Drummer Hooper Skinner Dyer Fuller Webber Ropemaker Lorimer Farrier Ostler Porter
    Ferryman Boatman Chapman Mercer Salter Vintner
    """
)
ARTIST_STYLES = (
    *("{given} {trade}",) * 7,
    "{given}, The {trade}",  # a comma: names joined by ", " cannot be split again
    "The {trade}s of {given}",
    "{trade} & {given}",
    "DJ {given} {trade}",
)

FIRST_WORDS = str.split(
    """
    Amber Borrowed Café Distant Electric Faded Golden Hollow Indigo Jagged Kindled Lunar Midnight Neon Open
    Paper Quiet Restless Silver Tidal Über Velvet Wild Xeric Yellow Zero Ashen Brittle Crooked Daylight
    Empty Feral Glass Humid Idle Jade Këndoj Little Marble Nowhere Orbit Plastic Quartz Rusted Sudden Tender
    Ultra Violet Wooden Yonder Zigzag Arctic Burning Copper Drowsy Eastern Frozen Gentle Hidden Ivory Joyful
    """
)
SECOND_WORDS = str.split(
    """
    Avenue Balcony Corazón Damage Echo Ferry Garden Harbour Island Jukebox Kite Lantern Mirror Niño Ocean
    Parade Question Rivers Stations Telephone Umbrella Valley Window Xylophone Yesterday Zenith Anchor
    Bridges Castle Doors Engine Feathers Gravity Horses Ink Journey Kingdom Letters Machine Notebook Orchard
    Pilot Queue Railway Shadow Tangerine Uniform Voyage Whistle Yard Zoo Alphabet Blossom
    """
)
SONG_STYLES = (
    "{first} {second}",
    "{second} ({first})",
    "{first} {second}, Again",
    "{first} {second} – Remix",
    "¿{first} {second}?",
    "{first} {second} Pt. 2",
    "My {first} {second}",
    "No More {first} {second}",
    "{second} of the {first}",
    'The "{first}" {second}',
    "{first} {second} Forever",
    "{first} / {second}",
    "{first} {second} in the Rain",
    "{first} {second} ♥",
    "Letter to a {first} {second}",
    "Ma {second} {first}",
    "{second} Is {first}",
    "Still {first}, Still {second}",
    "{first} {second} (Live)",
    "{first}-{second}",
    "Hey {first} {second}",
    "{first} {second} 夜",
    "So {first} ({second})",
    "{first} {second} Interlude",
)
ALBUM_STYLES = ("The {first} {second} Tapes", "{second} & Other {first} Songs", "{first} {second}: Vol. 1")

LABELS = 90
LABEL_STYLES = (
    "{first} {second} Records",
    "{second} Music",
    "{first} {second}, LLC",
    "{first} Records / {second}",
    "Discos {second}",
    "{second} – {first}",
    "{first} Recordings Ltd.",
)

# ISO 3166-1 alpha-2.
MARKETS = str.split(
    """
    AR AU AT BE BO BR BG CA CL CO CR CY CZ DK DO DE EC EE SV FI FR GR GT HN HK HU IS IE IT LV LT LU MY MT MX
    NL NZ NI NO PA PY PE PH PL PT SG SK ES SE CH TW TR UY US GB AD LI MC ID JP TH VN RO IL ZA SA AE BH QA OM
    KW EG MA DZ TN LB JO PS IN BY KZ MD UA AL BA HR ME MK RS SI KR BD PK LK GH KE NG TZ UG AG AM BS BB BZ BT
    BW BF CV CW DM FJ GM GE GD GW GY HT JM KI LS LR MW MV ML MH FM NA NR NE PW PG PR WS SM ST SN SC SL SB KN
    LC VC SR TL TO TT TV VU AZ BN BI KH CM TD KM GQ SZ GA GN KG LA MO MR MN NP RW TG UZ ZW BJ MG MU MZ AO CI
    DJ ZM CD CG IQ LY TJ VE ET XK
    """
)

ARTIST_NAMES = len(GIVEN) * len(TRADES)
SONG_NAMES = len(FIRST_WORDS) * len(SECOND_WORDS) * len(SONG_STYLES)
STRIDE = 31_547  # a prime that divides no list's length: neighbouring numbers get unlike words


def artist_name(number: int, seed: int) -> str:
    """Return the name of an artist; different for every number below `ARTIST_NAMES`."""
    spread = (number * STRIDE + seed) % ARTIST_NAMES
    style = ARTIST_STYLES[spread % len(ARTIST_STYLES)]
    return style.format(given=GIVEN[spread % len(GIVEN)], trade=TRADES[spread // len(GIVEN)])


def song_name(number: int, seed: int) -> str:
    """Return the name of a song; different for every number below `SONG_NAMES`."""
    spread = (number * STRIDE + seed) % SONG_NAMES
    rest, style = divmod(spread, len(SONG_STYLES))
    return SONG_STYLES[style].format(**_words(rest))


def album_name(number: int, seed: int) -> str:
    """Return the name of an album."""
    spread = (number * STRIDE + seed) % SONG_NAMES
    return ALBUM_STYLES[spread % len(ALBUM_STYLES)].format(**_words(spread))


def label_name(artist_id: str) -> str:
    """Return the record label of an artist, which the official charts call the source of a song."""
    number = crc32(artist_id.encode()) % LABELS
    words = {"first": FIRST_WORDS[number % len(FIRST_WORDS)], "second": SECOND_WORDS[-1 - number // 2]}
    return LABEL_STYLES[number % len(LABEL_STYLES)].format(**words)


def markets_of(number: int) -> list[str]:
    """Return the markets of the song with this number: all but the last few."""
    return MARKETS[: len(MARKETS) - number % 4]


def _words(number: int) -> dict[str, str]:
    second, first = divmod(number, len(FIRST_WORDS))
    return {"first": FIRST_WORDS[first], "second": SECOND_WORDS[second % len(SECOND_WORDS)]}
