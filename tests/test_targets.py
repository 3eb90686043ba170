"""Where hooks may lead: the public internet, and never the network that the desk stands in."""

from __future__ import annotations

import pytest

from factcheck.sending.targets import BadTarget, checked, networks, resolved

PUBLIC4, PUBLIC6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

# Names as a resolver might answer them that nobody here controls.
NAMES = {
    "news.example": [PUBLIC4, PUBLIC6],
    "inside.example": ["10.1.2.3"],
    "two-faced.example": [PUBLIC4, "192.168.1.1"],
    "six.example": [PUBLIC6, "fd00::1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "localhost.example": ["127.0.0.1", "::1"],
}

NEVER = [
    # This machine, in every spelling.
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/hook?x=1",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0X7F.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0x0/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    # IPv4 inside IPv6.
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:a00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:a00:1:0:0:f5ff:fffe]/",
    # The metadata services of clouds.
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://[fd00:ec2::254]/",
    "https://100.100.100.200/",
    # Neighbours.
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://192.0.0.1/",
    "https://198.18.0.1/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fec0::1]/",
    # Nobody, or everybody at once.
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://192.0.2.1/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    "https://[4000::1]/",
    # Names.
    "https://inside.example/",
    "https://two-faced.example/",
    "https://six.example/",
    "https://mapped.example/",
    "https://metadata.example/",
    "https://localhost.example/",
    "https://unknown.example/",
    # Tricks of spelling.
    "https://news.example@127.0.0.1/",
    "https://user:word@news.example/",
    "https://@news.example/",
    "https://127.0.0.1#@news.example/",
    "https://127.0.0.1?@news.example/",
    "https:///hook",
    "https://[::1/",
    "https://[A.fce]:47059/",
    "https://[v1.fe]/",
    "https://news.example:port/",
    "https://news.example:99999/",
    "ftp://news.example/",
    "file:///etc/passwd",
    "gopher://news.example/",
    "//news.example/",
    "news.example/hook",
    # Open to everybody, but not secret on its way.
    "http://news.example/",
    f"http://{PUBLIC4}/",
    f"http://[{PUBLIC6}]/",
]


def known(host: str, port: int) -> list[str]:
    """Resolve as the system does, but for names of which this table knows the answer."""
    if host.endswith(".example"):
        if host not in NAMES:
            raise BadTarget(f"No address is known for {host}.")
        return NAMES[host]
    return list(resolved(host, port))


def test_it_works() -> None:
    target = checked("https://News.example/hooks/1?key=a%20b", (), known)
    assert (target.secure, target.host, target.port) == (True, "news.example", 443)
    assert target.path == "/hooks/1?key=a%20b"
    assert target.addresses == (PUBLIC4, PUBLIC6), "what was checked is what is connected to"


@pytest.mark.parametrize("url", NEVER)
def test_nothing_is_sent_there(url: str) -> None:
    with pytest.raises(BadTarget) as refused:
        checked(url, (), known)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example",
        f"https://{PUBLIC4}:8443/",
        f"https://[{PUBLIC6}]/",
        f"https://[64:ff9b::{PUBLIC4}]/",
        f"https://[::ffff:{PUBLIC4}]/",
    ],
)
def test_the_internet_may_be_reached(url: str) -> None:
    assert checked(url, (), known).path == "/"


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:5000/", "127.0.0.0/8"),
        ("http://[::ffff:127.0.0.1]/", "127.0.0.1"),
        ("http://[::1]/", "::1"),
        ("https://inside.example/", "192.168.0.0/16, 10.1.2.3"),
        ("https://two-faced.example/", "192.168.1.1"),
        ("http://localhost.example/", "127.0.0.1,::1"),
        ("https://[64:ff9b::7f00:1]/", "64:ff9b::/96"),
    ],
)
def test_what_a_setting_allows(url: str, allowed: str) -> None:
    assert checked(url, networks(allowed), known).addresses
    with pytest.raises(BadTarget):
        checked(url, networks("172.16.0.0/12"), known)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://two-faced.example/", "192.168.1.1"),
        ("https://localhost.example/", "127.0.0.1"),
        ("http://[64:ff9b::7f00:1]/", "127.0.0.0/8"),
    ],
)
def test_one_allowed_address_does_not_open_the_others(url: str, allowed: str) -> None:
    with pytest.raises(BadTarget):
        checked(url, networks(allowed), known)
