"""What a text says, once it is taken apart: clean-up, stems, numbers, what is denied; and what it costs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.matching.asked import MOST_TERMS, asked
from factcheck.matching.cleaning import MOST_CHARACTERS, cleaned
from factcheck.matching.negation import denied
from factcheck.matching.numbers import Number, numbers_of
from factcheck.matching.seen import HEAVIEST, Seen, seen, sentences
from factcheck.matching.words import MOST_WORDS, language_of, words_of
from tests.test_matching_ranking import content

HOSTILE = {
    "a long word": "a" * 1_000_000,
    "ten thousand words": "prices rise again " * 10_000,
    "punctuation": "!?—#@(.,;:'\"" * 80_000,
    "no text": "\x00" * 1_000_000,
    "dashes": "— " * 500_000,
    "unfinished signatures": "— Name (@handle" * 70_000,
    "handles": "@a_b#c" * 170_000,
    "addresses": "http://" * 150_000,
    "nearly addresses": "a-" * 500_000,
    "numbers": "1,234.5" * 150_000,
    "apostrophes": "a'" * 500_000,
    "expanding": "\ufdfa" * 300_000,
    "scripts": "中文ทดสอบ русский עברית हिन्दी " * 30_000,
    "search syntax": 'NEAR("a" b*) OR -c ' * 50_000,
    "full stops": ". a" * 300_000,
}


def stems(text: str, language: str | None = None) -> list[str]:
    return [word.stem for word in words_of(cleaned(text).text, language) if word.carries]


def counted(text: str) -> list[Number]:
    return numbers_of(text, words_of(text))


def test_it_works() -> None:
    taken = asked(
        "RT @UNICEF: Nearly 6,000 arrests! #PoliceState https://t.co/x — Some Name (@s_name) May 4, 2021"
    )
    assert taken.text == "Nearly 6,000 arrests! Police State Some Name May 4, 2021"
    assert {"6000", "arrest", "polic", "state", "name"} <= {*taken.terms}
    assert [(each.value, each.qualifier) for each in taken.numbers] == [(6000, "nearly")]
    assert {"name", "unicef"} <= taken.speakers


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("See https://t.co/abc now", "See now"),
        ("glued#Iranpic.twitter.com/TvRkH", "glued Iran"),
        ("#DefundTheCBChttps://t.co/CsH", "Defund The CBC"),
        ("bit.ly/2x3 says so", "says so"),
        ("snopes.com says so", "snopes.com says so"),
        ("#ElectionFraud2020", "Election Fraud 2020"),
        ("#maga", "maga"),
        ("@realDonaldTrump wrote", "real Donald Trump wrote"),
        ("world\\_health", "world_health"),
        ("“Smart” ’quotes’", "\"Smart\" 'quotes'"),
        ("zero\u200bwidth and soft\u00adhyphen", "zerowidth and softhyphen"),
        ("ﬁnal ① Ａ", "final 1 A"),
        ("Said so. — Jane Doe (@jdoe)", "Said so. Jane Doe"),
        ("Said so. —(@JaneDoe) 4 May 2021", "Said so. Jane Doe 4 May 2021"),
        ("RT @some_one: it is so", "it is so"),
        ("It is so — they say (really)", "It is so — they say (really)"),
        ("", ""),
        ("   \n\t ", ""),
    ],
)
def test_what_only_surrounds_a_text_goes(text: str, plain: str) -> None:
    assert cleaned(text).text == plain


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("The minister was arrested", "arresting ministers", None),
        ("Trump's taxes", "Trump tax", None),
        ("CAFÉ", "cafe\u0301", None),
        ("1,200 arrests", "1200 arrest", None),
        ("Die Häuser brannten ab, und niemand half.", "Das Haus", "de"),
        ("война началась", "войны", None),
    ],
)
def test_forms_of_a_word_are_the_same(one: str, other: str, language: str | None) -> None:
    assert set(stems(one, language)) & set(stems(other, language))


def test_scripts_without_spaces_go_by_pairs_of_signs() -> None:
    assert stems("疫苗安全") == ["疫苗", "苗安", "安全"]
    assert set(stems("วัคซีน")) & set(stems("วัคซีนปลอดภัย"))
    assert stems("दिन") != stems("दान")


def test_a_language_is_guessed_by_its_commonest_words() -> None:
    assert language_of("Der Minister hat die Zahlen nicht gefälscht, und das ist gut") == "de"
    assert language_of("Le ministre a dit que les chiffres ne sont pas faux") == "fr"
    assert language_of("Taxes fell") == "en"
    assert language_of("Президент подписал указ") == "ru"


def test_stop_words_alone_are_asked_for_all_the_same() -> None:
    assert asked("to be or not to be").terms


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("164 killed", [(164, "count", "exact")]),
        ("1,200 people", [(1200, "count", "exact")]),
        ("2.5 million people", [(2.5e6, "count", "exact")]),
        ("nearly 6,000 arrests", [(6000, "count", "nearly")]),
        ("more than 40 died", [(40, "count", "more_than")]),
        ("at least 7 died", [(7, "count", "at_least")]),
        ("up to 300 tanks", [(300, "count", "up_to")]),
        ("70% of voters", [(70, "share", "exact")]),
        ("70 percent of voters", [(70, "share", "exact")]),
        ("$80 million bounty", [(80e6, "money", "exact")]),
        ("200 dollars", [(200, "money", "exact")]),
        ("twelve were hurt", [(12, "count", "exact")]),
        # What counts nothing.
        ("In 2021 it rained", []),
        ("On May 4 it rained, on 5 June too", []),
        ("the 44th president, the 1990s", []),
        ("COVID-19 and 9/11 at 10:30", []),
        ("1. Wash your hands", []),
        ("Day 11 of Chapter 7, G20", []),
    ],
)
def test_numbers_that_count(text: str, values: list[tuple[float, str, str]]) -> None:
    assert [(each.value, each.kind, each.qualifier) for each in counted(text)] == values


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("164 killed", "164 dead", True),
        ("164 killed", "225 killed", False),
        ("nearly 6,000 arrests", "5,800 arrests", True),
        ("2.3 million people", "2,340,000 people", True),
        ("2,400,000 people", "2,340,000 people", False),
        ("about 100 shops", "95 shops", True),
        ("100 shops", "95 shops", False),
    ],
)
def test_numbers_agree_as_far_as_they_are_exact(one: str, other: str, agree: bool) -> None:
    assert counted(one)[0].agrees(counted(other)[0]) is agree
    assert counted(other)[0].agrees(counted(one)[0]) is agree


def test_what_is_denied() -> None:
    def not_so(text: str, language: str = "en") -> tuple[tuple[str, ...], ...]:
        return denied(text, words_of(text, language), language)

    assert not_so("The earth is not flat") == (("flat",),)
    assert not_so("They didn't close any schools, they opened two") == (("close", "school"),)
    assert not_so("Er ist nicht gestorben", "de") == (("gestorb",),)
    assert not_so("It is not only flat, never forget that") == ()
    assert not_so("The earth is flat") == ()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_cheap(text: str) -> None:
    begun = time.process_time()
    taken = asked(text)
    kept = seen(content(text, title=text))
    # It takes some 5 ms; a pattern that looks at all again and again would take seconds.
    assert time.process_time() - begun < 0.5
    assert len(taken.terms) <= MOST_TERMS
    assert len(taken.stems) <= 2 * MOST_WORDS
    assert len(kept.text) < 20 * MOST_CHARACTERS


# Letters of all kinds, and the signs that clean-up looks for.
anything = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("@#—-'\".,:/()% 0123456789")), max_size=200
)


@given(anything)
@settings(max_examples=150, deadline=None)
def test_any_text_is_taken_apart(text: str) -> None:
    taken, kept = asked(text), seen(content(text))
    assert len(set(taken.terms)) == len(taken.terms) <= MOST_TERMS
    assert all(taken.terms)
    assert Seen.read(kept.text) == kept
    assert all(1 <= weight <= HEAVIEST for weight in kept.weights.values())
    assert not any(" " in stem or "\n" in stem for stem in kept.weights)
    assert cleaned(text) == cleaned(text)


@given(
    st.lists(
        st.sampled_from(["vaccine", "unrest", "killed", "minister", "arrests", "164", "storm", "Almaty"]),
        min_size=1,
    )
)
@settings(max_examples=50, deadline=None)
def test_emoji_and_case_change_nothing(words: list[str]) -> None:
    plain, loud = " ".join(words), " 🔥 ".join(words).upper() + "😱"
    assert asked(plain).stems == asked(loud).stems


def test_sentences_are_parted() -> None:
    assert sentences("Did he? He said 164 died. No.") == ["Did he? He said 164 died.", "No."]
