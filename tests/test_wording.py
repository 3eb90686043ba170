"""What counts as the same text, name or slug, and how names and numbers are said."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.wording import counted, folded, plural, same_text_key, slugged, spoken

SAME = [
    ("The bridge was closed.", "the bridge  WAS closed"),
    ("“The bridge”, he said", "The bridge - he said!"),
    ("Straße", "STRASSE"),
    ("Zoë", "Zoe\u0308"),
    ("ﬁre", "fire"),
    ("１６４ dead", "164 dead"),
    ("Mini\u00adsterium", "Ministerium"),
    ("a\u200bb", "ab"),
    ("covid-19", "Covid 19"),
    ("it was −5 °C", "it was -5°C"),
    ("5 %", "5%"),
    ("Health\tMinistry\n", "health ministry"),
    ("Қазақстан", "ҚАЗАҚСТАН"),
]
DIFFERENT = [
    ("1.5 million", "15 million"),
    ("1.5 million", "1,5 million"),
    ("5,6 million", "5 6 million"),
    ("rose by 5%", "rose by 5"),
    ("rose by 5%", "rose by 5‰"),
    ("it was -5", "it was 5"),
    ("$5 million", "€5 million"),
    ("$5 million", "5 million"),
    ("5 > 3", "5 < 3"),
    ("दिन", "दान"),
    ("ไม่", "ไม"),
    ("C++", "C"),
    ("killed 164", "killed 165"),
    ("…", "!"),
    ("🎉", "💔"),
    ("not true", "nottrue"),
]


def test_it_works() -> None:
    assert folded("  The “Health Ministry”, says: ") == "the health ministry says"
    assert slugged("Difficult to independently-verify") == "difficult_to_independently_verify"


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_are_the_same(one: str, other: str) -> None:
    assert same_text_key(one) == same_text_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_not(one: str, other: str) -> None:
    assert same_text_key(one) != same_text_key(other)


def test_words_do_not_move_between_the_parts() -> None:
    assert same_text_key("a b", "c") != same_text_key("a", "b c")
    assert same_text_key("a", "") != same_text_key("a")


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(WORDS)
def test_blanks_and_forms_of_writing_never_matter(text: str) -> None:
    assert folded(f"  {text}\u00a0") == folded(text)
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text))


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=40))
def test_case_never_matters(text: str) -> None:
    assert folded(text.upper()) == folded(text.lower()) == folded(text)


@given(st.text(st.characters(categories=("L", "M", "Pd", "Po", "Zs")), max_size=40))
def test_no_letter_and_no_vowel_sign_is_lost(text: str) -> None:
    def letters(words: str) -> list[str]:
        return [sign for sign in words if unicodedata.category(sign)[0] in "LM"]

    assert letters(folded(text)) == letters(unicodedata.normalize("NFKC", text).casefold())


@given(WORDS)
def test_a_slug_of_a_slug_is_itself(text: str) -> None:
    once = slugged(text)
    assert slugged(once) == once
    assert not once.startswith("_")
    assert not once.endswith("_")


def test_a_name_is_spoken_without_its_underscores() -> None:
    assert [spoken(name) for name in ("false", "little_evidence", "not_our_own_words")] == [
        "false",
        "little evidence",
        "not our own words",
    ]


def test_a_noun_stands_in_the_number_that_is_counted() -> None:
    assert [counted(number, "source") for number in (0, 1, 2)] == ["0 sources", "1 source", "2 sources"]
    assert plural(1, "independent origin") == "independent origin"
