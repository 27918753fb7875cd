"""A consent: how long it is valid, when it warns, and its file, which others cannot read."""

import logging
import os
import pickle
from datetime import date, timedelta
from pathlib import Path

import pytest

from top50.consent import SCOPE, Consent, read_consent_file, write_consent_file
from top50.errors import ConsentExpired, SettingsError

TOKEN = "refresh-me"
AGREED = date(2026, 5, 22)
CONSENT = Consent(TOKEN, AGREED, "me", SCOPE)


@pytest.mark.parametrize(
    ("agreed", "ends"),
    [
        ("2026-05-22", "2026-11-22"),
        ("2026-08-31", "2027-02-28"),
        ("2027-08-30", "2028-02-29"),
        ("2026-10-31", "2027-04-30"),
        ("2026-06-30", "2026-12-30"),
        ("2026-12-31", "2027-06-30"),
        ("2028-02-29", "2028-08-29"),
    ],
)
def test_a_consent_ends_six_calendar_months_later(agreed: str, ends: str) -> None:
    consent = Consent(TOKEN, date.fromisoformat(agreed), "me", SCOPE)
    assert consent.ends_on == date.fromisoformat(ends)


@pytest.mark.parametrize(
    ("left", "when"), [(31, None), (30, "in 30 days"), (1, "tomorrow"), (0, "today"), (-1, None)]
)
def test_it_warns_in_the_last_thirty_days(left: int, when: str | None) -> None:
    warning = CONSENT.warning(CONSENT.ends_on - timedelta(days=left))
    ends = f"Spotify ends your consent of 2026-05-22 on 2026-11-22, {when}: run make login before"
    assert warning == (ends if when else None)


def test_it_holds_through_its_last_day_and_then_asks_for_a_login() -> None:
    CONSENT.check(CONSENT.ends_on, "me")
    with pytest.raises(ConsentExpired, match=r"2026-05-22 ended on 2026-11-22\. Run make login\.$"):
        CONSENT.check(CONSENT.ends_on + timedelta(days=1), "me")


@pytest.mark.parametrize("other", ["you", None])
def test_another_app_s_consent_is_refused(other: str | None) -> None:
    with pytest.raises(ConsentExpired, match=r"another app, me, .*Run make login"):
        CONSENT.check(AGREED, other)
    assert not CONSENT.holds(AGREED, other)


def test_a_consent_never_shows_its_token() -> None:
    assert TOKEN not in f"{CONSENT} {CONSENT!r} {CONSENT.warning(CONSENT.ends_on)}"
    assert pickle.loads(pickle.dumps(CONSENT)) == CONSENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"text"',
        "{}",
        CONSENT.to_json()[:-1],
        CONSENT.to_json().replace(TOKEN, ""),
        CONSENT.to_json().replace("2026-05-22", "May"),
        CONSENT.to_json().replace('"me"', "7"),
    ],
)
def test_a_broken_consent_asks_for_a_login_and_is_not_quoted(text: str) -> None:
    with pytest.raises(SettingsError, match=r"Run make login\.") as caught:
        Consent.from_json(text)
    assert TOKEN not in f"{caught.value!r}"
    assert caught.value.__cause__ is None


def test_a_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    assert read_consent_file(path) is None
    write_consent_file(path, Consent("older", AGREED, "me", SCOPE))
    write_consent_file(path, CONSENT)
    assert read_consent_file(path) == CONSENT
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_its_owner_s_before_there_is_anything_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []

    def note(text: Consent) -> str:
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.iterdir())
        return text.refresh_token

    monkeypatch.setattr(Consent, "to_json", note)
    before = os.umask(0)
    try:
        write_consent_file(tmp_path / "consent.json", CONSENT)
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert (tmp_path / "consent.json").stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_can_read_is_mended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "consent.json"
    path.write_text(CONSENT.to_json())
    path.chmod(0o644)
    assert read_consent_file(path) == CONSENT
    assert path.stat().st_mode & 0o777 == 0o600
    [(_, level, message)] = caplog.record_tuples
    assert level == logging.WARNING
    assert str(path) in message
    assert TOKEN not in message


def test_a_broken_file_asks_for_a_login(tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(SettingsError, match="Run make login"):
        read_consent_file(path)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*directory\. Set TOP50_CONSENT_FILE"):
        read_consent_file(tmp_path)
    with pytest.raises(SettingsError, match=r"cannot write .*no-such/consent\.json"):
        write_consent_file(tmp_path / "no-such" / "consent.json", CONSENT)
