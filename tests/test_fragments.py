"""A quote's own address: what a browser is told to look for, and that it finds it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import escape
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis.strategies import characters, lists, none, one_of, sampled_from, text
from playwright.sync_api import Page, sync_playwright

from factcheck.fragments import LONGEST_EXACT, text_link
from tests.test_openapi_page import BROWSERS

PAGE = "https://example.org/report"
# TextDirectiveString, of which a text directive's parts consist (WICG, URL Fragment Text Directives).
STRING = r"(?:[a-zA-Z0-9!$'()*+./:;=?@_~]|%[0-9A-F]{2})+"
DIRECTIVE = re.compile(
    rf"text=(?:(?P<prefix>{STRING})-,)?(?P<start>{STRING})(?:,(?P<end>{STRING}))?(?:,-(?P<suffix>{STRING}))?"
)
LONG = (
    "The ministry said that 164 people had died, among them 103 in the largest city, and that it would "
    "go on counting. It did not say how it had counted, nor who had; the hospitals were not named, and "
    "no list was shown to anybody outside, so that reporters could not check a single one of them. Asked "
    "about that, a spokesman - who would not be named - said: lists & names would follow, in due course."
)
CHINESE = "卫生部称，骚乱中有一百六十四人死亡，其中一百零三人在最大的城市。记者无法核实这一数字。"


def read(link: str) -> dict[str, str | None]:
    """Read a link as a browser does, and see that it is written by the specification's rules."""
    found = DIRECTIVE.fullmatch(link.partition(":~:")[2])
    assert found, link
    return {name: part and unquote(part, errors="strict") for name, part in found.groupdict().items()}


def plain(words: str) -> str:
    return " ".join(words.split())


def test_it_works() -> None:
    link = text_link(PAGE, "lists & names would follow, in due course", "-by-no-one said: ", " (more)")
    assert link == (
        "https://example.org/report#:~:text=said:-,lists%20%26%20names%20would%20follow%2C%20in%20due%20course,"
        "-(more)"
    )
    assert read(link)["start"] == "lists & names would follow, in due course"


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        (PAGE, f"{PAGE}#:~:text=x"),
        (f"{PAGE}#figures", f"{PAGE}#figures:~:text=x"),
        (f"{PAGE}#:~:text=older%20words", f"{PAGE}#:~:text=x"),
        (f"{PAGE}#figures:~:text=older&text=still", f"{PAGE}#figures:~:text=x"),
        (f"{PAGE}#:~:text=older&selector(type=x)", f"{PAGE}#:~:text=x&selector(type=x)"),
        (f"{PAGE}?a=1&b=%20#!/route", f"{PAGE}?a=1&b=%20#!/route:~:text=x"),
    ],
)
def test_what_the_address_says_of_its_own_stays(address: str, linked: str) -> None:
    assert text_link(address, "x") == linked


@pytest.mark.parametrize(
    ("exact", "start", "end"),
    [
        ("Nur-Sultan, 6 January", "Nur-Sultan, 6 January", None),
        ("a  b\u00a0c\td", "a b c d", None),
        (LONG, "The ministry said that 164 people had died,", "lists & names would follow, in due course."),
        (
            "The first line of the statement.\nThe last line of the statement.",
            "The first line of the statement.",
            "The last line of the statement.",
        ),
        ("Ministry:\n\nThe last line of the statement.", "The last line of the statement.", None),
        ("Yes.\nNo.", "Yes.", "No."),
        (
            f"{CHINESE}部长说，" * 8 + "他们不知道。",
            f"{CHINESE}",
            f"{CHINESE.partition('，')[2]}部长说，他们不知道。",
        ),
        ("ก" * 400, "ก" * 40, "ก" * 40),
        ("กำ" * 200, "กำ" * 20, "กำ" * 20),
        ("x" + "e\u0301" * 200, "x" + "e\u0301" * 20, "e\u0301" * 20),
    ],
)
def test_long_words_and_several_lines_are_told_by_both_ends(exact: str, start: str, end: str | None) -> None:
    told = read(text_link(PAGE, exact))
    assert (told["start"], told["end"]) == (start, end)


def test_an_end_that_came_before_is_told_by_more_words() -> None:
    refrain = "and that was all that was ever said of it"
    told = read(text_link(PAGE, f"{LONG} First, {refrain}; later, {refrain}"))
    assert told["end"] == f"later, {refrain}"


@pytest.mark.parametrize(
    ("prefix", "suffix", "told"),
    [
        ("cording to the min", "isters of the day", ("to the min", "isters of the")),
        (
            "officials said that as many as nearly ",
            " of them, by then, were he",
            ("as many as nearly", "of them, by then,"),
        ),
        ("Heading\nNearly", "people\nFooter", ("Nearly", "people")),
        ("Said: \n", None, ("Said:", None)),
        (None, "…", (None, "…")),
        ("有报道说，部长说，", "，他说。他们", ("部长说，", "，他说。")),
        ("", "", (None, None)),
    ],
)
def test_what_stands_around_is_cut_to_whole_words_next_to_the_quote(
    prefix: str | None, suffix: str | None, told: tuple[str | None, str | None]
) -> None:
    found = read(text_link(PAGE, "164", prefix, suffix))
    assert (found["prefix"], found["start"], found["suffix"]) == (told[0], "164", told[1])


# Whatever the desk takes as a quote: words of all scripts, and every sign that means something in an address.
WORDS = lists(
    one_of(
        text(characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12),
        sampled_from(
            ["-", ",", "&", "%20", "#:~:text=", "-,", ",-", "text=", "卫生部称，", "é", "\n", "164"]
        ),
    ),
    min_size=1,
    max_size=80,
).map(" ".join)


@given(WORDS.filter(str.strip), one_of(none(), WORDS), one_of(none(), WORDS))
def test_what_is_decoded_are_the_words_again(exact: str, prefix: str | None, suffix: str | None) -> None:
    told = read(text_link(PAGE, exact, prefix, suffix))
    words = [plain(line) for line in exact.split("\n") if line.strip()]
    start, end = told["start"] or "", told["end"]
    if end is None:
        assert start in words
        assert len(start) <= LONGEST_EXACT
    else:
        assert any(line.startswith(start) for line in words)
        assert any(line.endswith(end) for line in words)
        whole = " ".join(words)
        assert whole.index(start) + len(start) <= whole.rindex(end), "a range begins before it ends"
    if told["prefix"]:
        assert plain(prefix or "").endswith(told["prefix"])
    if told["suffix"]:
        assert any(plain(line).startswith(told["suffix"]) for line in (suffix or "").split("\n"))


BEFORE = "".join(
    f"<p>Paragraph {number} says nothing of it, and is long enough.</p>" for number in range(120)
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with sync_playwright() as play:
        path = next(filter(None, map(shutil.which, BROWSERS)))
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium.new_page(viewport={"width": 900, "height": 600})
        chromium.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("exact", "prefix", "suffix"),
    [
        ("lists & names - of all, he said - would follow", None, None),
        ("Nur-Sultan", "in the city of ", " on Friday"),
        (LONG, None, None),
        ("Министерство сообщило о 164 погибших, в том числе 103 в Алматы", None, None),
        ("قالت الوزارة إن 164 شخصا لقوا حتفهم", None, None),
        (CHINESE, None, None),
        (CHINESE.replace("。", "。然后，") * 8, None, None),
        ("The first of two paragraphs.\nThe second of two paragraphs.", None, None),
        ("100 % of it, “so to speak”…", "Said: ", None),
    ],
    ids=["signs", "around", "long", "Cyrillic", "Arabic", "Chinese", "long Chinese", "paragraphs", "marks"],
)
def test_a_browser_scrolls_to_the_words(
    browser: Page, exact: str, prefix: str | None, suffix: str | None
) -> None:
    around = f"{prefix or ''}|{suffix or ''}".split("|")
    told = escape(exact).replace("\n", "</p><p>")
    page = (
        f"<!doctype html><meta charset=utf-8>{BEFORE}<p>{around[0]}<span id=words>{told}</span>{around[1]}"
        f"</p>{BEFORE}"
    )
    browser.route("https://example.org/**", lambda route: route.fulfill(body=page, content_type="text/html"))
    browser.goto("about:blank")
    browser.goto(text_link(f"{PAGE}?{quote(exact[:20])}", exact, prefix, suffix))
    browser.wait_for_function("scrollY > 0", timeout=3000)
    top = browser.evaluate("document.getElementById('words').getBoundingClientRect().top")
    assert -50 <= top < 600, "the words are in sight"
