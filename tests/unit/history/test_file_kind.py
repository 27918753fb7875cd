"""What an import may copy into the lake: never a secret, and a broken chart whatever its songs are called."""

import json

import pytest

from tests.unit.builders import new_csv, song_id
from top50.history.file_kind import kind_of

URL = "https://open.spotify.com/track/" + song_id(1)
MADE_UP = "made-up-no-secret"
POSTMAN = {
    "item": [{"request": {"auth": {"type": "bearer", "bearer": [{"key": "token", "value": MADE_UP}]}}}],
    "url": "https://api.spotify.com",
}
HEADERS = {"header": [{"key": "Authorization", "value": f"Bearer {MADE_UP}"}], "url": URL}


@pytest.mark.parametrize(
    "content",
    [
        {"SPOTIPY_CLIENT_SECRET": MADE_UP, "url": URL},
        {"spotify": {"clientSecret": MADE_UP, "api": "https://api.spotify.com"}},
        {"accessToken": MADE_UP, "refreshToken": MADE_UP, "url": URL},
        {"items": [], "secret": MADE_UP},
        {"items": [], "x-api-key": MADE_UP},
        {"items": [], "Client Secret": MADE_UP},
        {"items": [], "dbPasswd": MADE_UP},
        {"items": [], "googleCredentials": MADE_UP},
        {"items": [], "body": json.dumps({"access_token": MADE_UP})},
        {"items": [], "padding": "x" * 70 * 2**10, "private_key": MADE_UP},
        {"items": [], "form": [{"key": "client_secret", "value": MADE_UP}]},
        [{"name": "sp_dc", "value": MADE_UP, "domain": ".spotify.com"}],
        {"items": [], "body": json.dumps({"a": 1, "spotify_token": "", "user_password": MADE_UP}, indent=1)},
        POSTMAN,
        HEADERS,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_json_with_a_field_that_is_a_secret_is_a_key(content: object, encoding: str) -> None:
    assert kind_of("settings.json", json.dumps(content).encode(encoding)) == "key"
    assert kind_of("settings.json", json.dumps(content, indent=1)[:-1].encode(encoding)) == "key"


@pytest.mark.parametrize(
    "text",
    [
        f"curl -H 'Authorization: Bearer {MADE_UP}' https://api.spotify.com/v1/me, {URL}",
        f"rank,uri\n{URL}\nAuthorization: Bearer {MADE_UP}",
        f"see {URL}, client_id: x, client_secret: {MADE_UP}",
        f"see {URL}, a, b\nMy Spotify password = {MADE_UP}",
        f"name,url,username,password\nSpotify,{URL},me,{MADE_UP}",
        f"name;url;API Key\nSpotify;{URL};{MADE_UP}",
        f".spotify.com\tTRUE\t/\tTRUE\t0\tsp_dc\t{MADE_UP}",
        f"Cookie: sp_t=1; sp_key={MADE_UP}",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{MADE_UP}",
    ],
)
@pytest.mark.parametrize("name", ["notes.txt", "table.csv", "README"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_text_in_which_a_name_or_a_column_is_a_secret_is_a_key(text: str, name: str, encoding: str) -> None:
    assert kind_of(name, text.encode(encoding)) == "key"


NAMES = [
    "Password",
    "Secret: Live",
    "Bearer of Bad News",
    "Cookie",
    "Api Key",
    'My "Secret": A Song',
    "Private Key",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_chart_is_no_key_whatever_its_songs_are_called(name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"'
    lines = new_csv().decode("utf-8-sig").splitlines()
    row = f"1,spotify:track:{song_id(1)},{cell},{cell},{cell},1,1,1,5"
    for broken in ([lines[0], row, "2,spot"], [row, row], ['"Note, that"', lines[0], row, row]):
        assert kind_of("chart.csv", "\n".join(broken).encode()) == "raw"
    song = {"name": name, "artists": [{"name": name}], "uri": f"spotify:track:{song_id(1)}", "key": 5}
    content = json.dumps({"items": [{"track": song}], "description": name})
    assert {kind_of("chart.json", each.encode()) for each in (content, content[:-1])} == {"raw"}


def test_an_answer_that_is_filed_under_the_name_of_a_secret_is_no_key() -> None:
    answers = {"401_client_credentials": {"error": {"status": 401, "message": "Valid user authentication"}}}
    assert kind_of("errors.json", json.dumps(answers, indent=1).encode()) == "raw"


@pytest.mark.parametrize("first", ["Top 50, a project", f"Hello, see {URL}, and more", f"Take {URL}, too"])
def test_a_readme_that_names_spotify_is_not_taken(first: str) -> None:
    assert kind_of("README", f"{first}\n\nIt reads {URL}\n".encode()) == "other"


def test_megabytes_of_blank_lines_take_no_time_that_grows_with_their_square() -> None:
    assert kind_of("x.txt", b"a" + b"\n \n" * 2**20) == "other"
