"""Which spellings of a web address are one source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import characters, from_regex
from marshmallow import ValidationError
from url_normalize import url_normalize

from factcheck import addresses
from factcheck.addresses import address_key
from factcheck.settings import Settings
from schemas.fields import WebAddress
from tests.conftest import Newsroom

# Each line: a key, and the addresses that have it.
SAME = [
    (
        "example.org",
        ["https://example.org", "http://example.org/", "HTTPS://EXAMPLE.ORG", "https://example.org./"],
    ),
    ("example.org/a", ["https://example.org/a/", "https://example.org:443/a", "http://example.org:80/a"]),
    ("example.org/a", ["https://example.org/b/../a", "https://example.org/./a", "https://example.org//a"]),
    (
        "example.org/a",
        ["https://example.org/a?", "https://example.org/a#part", "https://example.org/a#:~:text=x"],
    ),
    ("example.org/a", ["https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a?fbclid=1"]),
    (
        "example.org/a",
        ["https://example.org/a?UTM_Source=x", "https://example.org/a?gclid=1&mc_cid=2&igshid=3"],
    ),
    ("example.org/a?a=1&b=2", ["https://example.org/a?b=2&a=1", "https://example.org/a?b=2&gclid=x&a=1"]),
    ("example.org?p=12", ["https://example.org/?p=12", "http://example.org?p=12"]),
    ("example.org/~press", ["https://example.org/~press", "https://example.org/%7Epress"]),
    ("example.org/caf%C3%A9", ["https://example.org/café", "https://example.org/caf%c3%a9"]),
    ("xn--bcher-kva.example/x", ["https://bücher.example/x", "https://xn--bcher-kva.example/x"]),
    ("example.org/a?q=a+b", ["https://example.org/a?q=a+b", "https://example.org/a?q=a%20b"]),
    ("example.org#!/page", ["https://example.org/#!/page", "https://example.org/#!/page/"]),
    # Behind a fragment that names a page, too, stand trackers and text directives.
    (
        "example.org/app#/p/1?tab=2",
        [
            "https://example.org/app#/p/1?utm_source=x&tab=2",
            "https://example.org/app#/p/1?tab=2:~:text=closed",
            "https://example.org/app/?gclid=1#/p/1/?tab=2",
        ],
    ),
    ("example.org/a", ["https://example.org/a#top:~:text=closed%20for,-days", "https://example.org/a/#"]),
    (
        "example.org/a?id=1",
        [
            "https://example.org/a?id=1&_ga=2.1&_gl=1*x",
            "https://example.org/a?srsltid=x&id=1&gad_source=2",
            "https://example.org/a?__cft__[0]=x&__tn__=y&mibextid=z&id=1",
            "https://example.org/a?id=1&mtm_campaign=x&pk_kwd=y&piwik_source=z",
            "https://example.org/a?ysclid=1&_openstat=2&li_fat_id=3&id=1",
            "https://example.org/a?&&id=1&",
        ],
    ),
    ("example.org/a?id=1&id=2", ["https://example.org/a?id=1&id=2", "http://example.org/a/?id=1&id=2"]),
    ("example.org/a?flag=", ["https://example.org/a?flag", "https://example.org/a?flag="]),
    ("example.org/a?x=%2F", ["https://example.org/a?x=/", "https://example.org/a?x=%2f"]),
    ("example.org/a?q=%E9", ["https://example.org/a?q=%e9"]),
    ("example.org/a?q=%C3%A9", ["https://example.org/a?q=é", "https://example.org/a?q=%c3%a9"]),
    ("example.org/(a),b@c", ["https://example.org/%28a%29%2Cb%40c", "https://example.org/(a),b@c"]),
    (
        "example.org/a",
        ["https://example.org/%61", "https://example.org/x/%2e%2e/a", "https://example.org/../a"],
    ),
    ("xn--strae-oqa.example/x", ["https://straße.example/x", "https://STRAßE.example/x"]),
    ("xn--80ak6aa92e.example", ["https://аррӏе.example/", "https://xn--80ak6aa92e.example"]),
    ("xn--r8jz45g.example/a", ["https://例え.example/a", "https://xn--r8jz45g.example:443/a"]),
    ("[2001:db8::1]/a", ["https://[2001:db8::1]/a", "https://[2001:DB8:0:0::1]:443/a"]),
    ("192.0.2.7/a", ["http://192.0.2.7:80/a", "https://192.0.2.7/a/"]),
    ("example.org:65535/a", ["https://example.org:65535/a"]),
    (f"example.org/{'a' * 2000}", [f"https://example.org/{'a' * 2000}/?utm_id=1"]),
    ("example.org", [f"https://example.org/{'/../a/..' * 250}/"]),
]
DIFFERENT = [
    ("https://example.org/a", "https://example.org/b"),
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/a", "https://www.example.org/a"),
    ("https://example.org/a", "https://example.org:8443/a"),
    ("https://example.org/a?id=1", "https://example.org/a?id=2"),
    ("https://example.org/a?id=1", "https://example.org/a"),
    ("https://example.org/?1234", "https://example.org/?1235"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
    ("https://example.org/#!/page", "https://example.org/#!/other"),
    ("https://example.org/#/page", "https://example.org/"),
    ("https://example.org/a?q=%23", "https://example.org/a?q="),
    ("https://example.org/a?atlas=1", "https://example.org/a"),
    # What is one page on some sites and two on others is two.
    ("https://example.org/a", "https://m.example.org/a"),
    ("https://example.org/a", "https://amp.example.org/a"),
    ("https://example.org/a", "https://example.org/a/amp"),
    ("https://example.org/a", "https://example.org/a?amp=1"),
    ("https://example.org/a", "https://example.org/a?ref=home"),
    ("https://example.org/", "https://example.org/index.html"),
    ("https://example.org/a?Id=1", "https://example.org/a?id=1"),
    ("https://example.org/a?id=a", "https://example.org/a?id=A"),
    ("https://example.org/a?id=1&id=2", "https://example.org/a?id=2&id=1"),
    ("https://example.org/a?q=%E9", "https://example.org/a?q=%C3%A9"),
    ("https://example.org/a?q=a%2Bb", "https://example.org/a?q=a+b"),
    ("https://example.org/a?q=1%262", "https://example.org/a?q=1&2"),
    ("https://example.org/a%3Fb", "https://example.org/a?b"),
    ("https://example.org/a;v=1", "https://example.org/a;v=2"),
    ("https://straße.example/", "https://strasse.example/"),
    ("https://аррӏе.example/", "https://apple.example/"),
    ("https://example.org/app#/p/1", "https://example.org/app#/p/2"),
    ("https://example.org/app#/p?a=1", "https://example.org/app#/p?a=2"),
    ("https://example.org:443/a", "http://example.org:8080/a"),
    ("https://[2001:db8::1]/a", "https://[2001:db8::2]/a"),
    (
        "https://example.org/?u=https://other.example/?utm_source=x",
        "https://example.org/?u=https://other.example/",
    ),
]
# What the desk doesn't take as the address of a source.
REFUSED = (
    "https://user@example.org/a",
    "https://user:word@example.org/a",
    "https://example.org:99999/a",
    "https://example.org:0/a",
    "https://example.org:port/a",
    "https://[2001:db8::1]/a",
    "https://localhost/a",
    "https://example.org/a b",
    "https://example.org/\\a",
    "https://exa mple.org/",
    "https://-example.org/",
    "https://ex\u00e4_mple.org/",
    "ftp://example.org/a",
    "//example.org/a",
    "example.org/a",
    "javascript:alert(1)",
    f"https://example.org/{'a' * 2048}",
)
FLAT = [(key, address) for key, addresses in SAME for address in addresses]


def test_it_works() -> None:
    assert address_key("https://Example.org/a/?utm_source=x#top") == "example.org/a"
    assert len(FLAT) >= 60
    assert len(DIFFERENT) >= 30


@pytest.mark.parametrize(("key", "address"), FLAT)
def test_these_are_one(key: str, address: str) -> None:
    assert address_key(address) == key


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_two(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize("address", [address for _, address in FLAT] + [one for one, _ in DIFFERENT])
def test_a_key_is_its_own_key(address: str) -> None:
    key = address_key(address)
    assert address_key(f"https://{key}") == key


@pytest.mark.parametrize(
    "address", ["https://[::1", "https://exa\u2100mple.org/", "https://" + "a" * 70 + ".org/"]
)
def test_what_cannot_be_read_is_refused_in_plain_words(address: str) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        address_key(address)


@pytest.mark.parametrize("address", REFUSED)
def test_these_are_no_addresses_of_sources(address: str) -> None:
    with pytest.raises(ValidationError):
        WebAddress().deserialize(address)


def test_an_address_is_kept_as_it_was_sent_beside_its_key(newsroom: Newsroom) -> None:
    sent = "https://Example.org:443/x/../bridge/?utm_source=feed&b=2&a=1#:~:text=closed"
    made = newsroom.reviewer.post("/v1/sources", {"url": sent})
    assert (made.status_code, made.json["url"]) == (201, sent)
    assert made.json["address_key"] == "example.org/bridge?a=1&b=2"
    abroad = newsroom.reviewer.post("/v1/sources", {"url": "https://straße.example/x"}).json
    assert (abroad["url"], abroad["address_key"]) == (
        "https://xn--strae-oqa.example/x",
        "xn--strae-oqa.example/x",
    )
    again = newsroom.reviewer.post("/v1/sources", {"url": "http://example.org/bridge?a=1&b=2"})
    assert (again.status_code, again.json) == (200, made.json)
    assert newsroom.reviewer.post("/v1/sources", {"title": "A letter"}).json["address_key"] is None


def test_a_key_that_an_older_version_wrote_otherwise_is_written_anew(settings: Settings) -> None:
    old = Newsroom(settings)
    for page in ("1", "2"):
        old.reviewer.post("/v1/sources", {"url": f"https://example.org/app#/p/{page}"})
    old.by_hand("UPDATE sources SET identity = identity || ':~:text=words'")
    old.by_hand("DELETE FROM desk WHERE name = 'shown_as_of_step'")
    old.desk.close()
    new = Newsroom(settings)
    again = new.reviewer.post("/v1/sources", {"url": "https://example.org/app#/p/2"})
    assert (again.status_code, again.json["id"]) == (200, 2)
    new.desk.close()


@given(from_regex(addresses._PLAIN, fullmatch=True, alphabet=characters(codec="ascii")))
def test_what_is_written_plainly_is_what_the_library_would_write(url: str) -> None:
    assert url_normalize(url) == url
