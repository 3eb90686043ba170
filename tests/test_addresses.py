"""Which spellings of a web address are one source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import characters, from_regex
from url_normalize import url_normalize

from factcheck import addresses
from factcheck.addresses import address_key

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
]
FLAT = [(key, address) for key, addresses in SAME for address in addresses]


def test_it_works() -> None:
    assert address_key("https://Example.org/a/?utm_source=x#top") == "example.org/a"
    assert len(FLAT) >= 25


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


@given(from_regex(addresses._PLAIN, fullmatch=True, alphabet=characters(codec="ascii")))
def test_what_is_written_plainly_is_what_the_library_would_write(url: str) -> None:
    assert url_normalize(url) == url
