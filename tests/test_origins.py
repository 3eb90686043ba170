"""How many independent origins there are: a pure function, held against one that is written otherwise."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.provenance import (
    ITSELF,
    MOST_NAMED,
    MOST_ORIGINS,
    OUR_VERDICT,
    TAKES_ALL,
    THE_CLAIM,
    Citation,
    Item,
    Provenance,
    SameOwner,
    Statement,
    Ways,
    in_words,
    provenance,
)
from factcheck.vocabulary import CITATION_KINDS, ORIGINALITIES

MINISTRY = Statement("ministry", ("ministry", "state tv", "wire"))
OUTLETS = (None, "ministry", "state tv", "wire", "post", "gazette")


def behind(
    items: Sequence[Item],
    citations: Sequence[Citation] = (),
    attached: Sequence[int] | None = None,
    statement: Statement = MINISTRY,
    owners: Mapping[str, str] | None = None,
) -> Provenance:
    """Work out what stands behind supporting evidence: all items, unless told which."""
    group = [item.id for item in items] if attached is None else attached
    return provenance(statement, items, citations, {"supports": group}, owners)["supports"]


def sources(found: Provenance) -> list[int | None]:
    return [origin.source for origin in found.origins]


def test_it_works() -> None:
    # The wire's own report, printed by two papers; one of them has been at the bridge itself, too.
    items = [Item(1, "agency", "yes"), Item(2, "post"), Item(3, "gazette", "no"), Item(4, "post", "yes")]
    found = behind(items, [(2, 1, "republishes"), (3, 1, "republishes")], [2, 3, 4])
    assert (found.sources, found.outlets, found.independent_origins) == (3, 2, 2)
    assert (found.beyond_claimant, found.unconfirmed) == (2, 0)
    assert [(origin.source, origin.reached_by.some) for origin in found.origins] == [(1, (2, 3)), (4, (4,))]


def test_a_report_of_state_television_of_the_ministrys_figures_is_no_second_origin() -> None:
    found = behind([Item(1, "ministry", "yes"), Item(2, "state tv"), Item(3, "wire", "no")])
    assert sources(found) == [None]
    assert (found.origins[0].claimant, found.origins[0].reached_by.some) == (True, (1, 2, 3))
    assert (found.independent_origins, found.beyond_claimant, found.unconfirmed) == (1, 0, 0)
    assert found.unknown == ()


def test_the_chain_leads_from_link_to_link() -> None:
    # The wire relies on what is attached of state television, which was seen to quote a witness.
    found = behind([Item(1, "state tv"), Item(2, "wire"), Item(3, None, "yes")], [(1, 3, "quotes")], [1, 2])
    assert sources(found) == [None, 3]
    assert {origin.reached_by.some for origin in found.origins} == {(1, 2)}


def test_a_first_link_that_only_relays_relies_on_the_claimant() -> None:
    statement = Statement("minister", ("state tv", "wire"), first_speaks=False)
    found = behind([Item(1, "state tv", "yes"), Item(2, "state tv"), Item(3, "wire")], (), None, statement)
    assert sources(found) == [None, 1]
    assert found.origins[0].reached_by.some == (2, 3)


def test_own_reporting_of_an_outlet_in_the_chain_is_its_own_origin() -> None:
    found = behind([Item(1, "wire", "yes"), Item(2, "wire", "unknown")])
    assert (sources(found), found.beyond_claimant) == ([None, 1], 1)


def test_where_the_claim_was_seen_only_repeats_it() -> None:
    found = behind([Item(1, "post", "yes", appears=True), Item(2, "gazette", "yes")], [(2, 1, "cites")])
    assert sources(found) == [None, 2]
    assert [(each.source, each.leads_to) for each in found.circular] == [(1, THE_CLAIM)]
    assert found.origins[0].reached_by.some == (1, 2)


def test_what_is_taken_over_from_elsewhere_comes_from_there() -> None:
    items = [Item(1, "agency", "yes"), Item(2, "state tv"), Item(3, "ministry"), Item(4, "x", appears=True)]
    taken = [(source, 1, "translates") for source in (2, 3, 4)]
    assert sources(behind(items, taken)) == [1]


def test_an_outlet_with_own_reporting_and_a_wire_item_counts_by_item() -> None:
    items = [Item(1, "agency", "yes"), Item(2, "post", "yes"), Item(3, "post", "no")]
    found = behind(items, [(3, 1, "republishes")], [2, 3])
    assert (found.outlets, found.independent_origins) == (1, 2)


def test_own_reporting_that_quotes_another_is_two_origins_but_a_reprint_is_one() -> None:
    items = [Item(1, "agency", "yes"), Item(2, "post", "yes")]
    for kind in CITATION_KINDS:
        found = behind(items, [(2, 1, kind)], [2])
        assert sources(found) == ([1] if kind in TAKES_ALL else [1, 2]), kind
    # Nobody has said that it is more than what it cites.
    assert sources(behind([items[0], Item(2, "post")], [(2, 1, "cites")], [2])) == [1]


def test_what_comes_from_nobody_knows_where_is_no_origin() -> None:
    found = behind([Item(1, "post", "no"), Item(2, "gazette")], [])
    assert (found.unknown, sources(found), found.unconfirmed) == ((1,), [2], 1)


def test_a_circle_is_no_origin() -> None:
    circle = [(1, 2, "cites"), (2, 3, "quotes"), (3, 1, "cites")]
    items = [Item(number, f"paper {number}", "yes") for number in (1, 2, 3)]
    found = behind(items, circle)
    assert (found.circles, found.independent_origins, found.unknown) == (((1, 2, 3),), 0, ())
    # What one of them was told by somebody else is one.
    for told, attached in ((2, 1), (1, 3)):
        led_out = behind([*items, Item(4, None, "yes")], [*circle, (told, 4, "quotes")], [attached])
        assert (sources(led_out), led_out.circles) == ([4], ((1, 2, 3),))


def test_two_outlets_of_one_owner_count_once_and_say_so() -> None:
    items = [Item(1, "post", "yes"), Item(2, "gazette", "yes"), Item(3, "herald", "yes")]
    found = behind(items, owners={"post": "group", "gazette": "group"})
    assert found.independent_origins == 2
    assert found.same_owner == (SameOwner("group", ("gazette", "post"), (1, 2)),)


@pytest.mark.parametrize(
    "owners",
    [
        {"post": "gazette"},
        {"gazette": "post"},
        {"post": "holding", "holding": "group", "gazette": "group"},
        {"post": "gazette", "gazette": "post"},
    ],
)
def test_an_owner_may_be_an_outlet_or_be_owned(owners: Mapping[str, str]) -> None:
    found = behind([Item(1, "post", "yes"), Item(2, "gazette", "yes")], owners=owners)
    assert found.independent_origins == 1
    assert found.same_owner[0].origins == (1, 2)


def test_the_claimants_own_outlets_are_the_claimant() -> None:
    items = [Item(1, "ministry"), Item(2, "ministry daily", "yes"), Item(3, "post", "yes")]
    found = behind(items, owners={"ministry daily": "ministry"})
    assert (found.independent_origins, found.beyond_claimant) == (2, 1)
    assert [origin.claimant for origin in found.origins] == [True, True, False]
    assert found.same_owner == (SameOwner("ministry", ("ministry daily",), (None, 2)),)
    alone = behind(items[1:2], owners={"ministry daily": "ministry"})
    assert (alone.independent_origins, alone.beyond_claimant) == (1, 0)


def test_who_makes_the_statement_for_the_claimant_speaks_for_him() -> None:
    items = [Item(1, "office"), Item(2, "office daily", "yes"), Item(3, "wire"), Item(4, "office", "yes")]
    statement = Statement("president", ("office", "wire", "office"))
    found = behind(items, owners={"office daily": "office"}, statement=statement)
    assert sources(found) == [None, 2]
    assert (found.independent_origins, found.beyond_claimant) == (1, 0)
    assert found.origins[0].reached_by.some == (1, 3, 4)


def test_who_stands_in_the_chain_twice_passed_it_on_the_first_time() -> None:
    statement = Statement("ministry", ("wire", "state tv", "wire"), first_speaks=False)
    items = [Item(1, "wire"), Item(2, "state tv"), Item(3, None, "yes")]
    assert sources(behind(items, [(2, 3, "quotes")], [1], statement)) == [None]


def test_our_own_verdict_is_no_origin_and_nothing_is_reached_through_it() -> None:
    items = [Item(1, "post"), Item(2, None, "yes", ours=True), Item(3, "agency", "yes")]
    found = behind(items, [(1, 2, "cites"), (2, 3, "cites")], [1])
    assert (sources(found), found.unknown) == ([], ())
    circular = found.circular[0]
    assert (circular.source, circular.leads_to, circular.path) == (2, OUR_VERDICT, (1, 2))


def test_nothing_is_reached_through_what_was_retracted() -> None:
    items = [Item(1, "post"), Item(2, "wire", "yes", retracted=True), Item(3, "agency", "yes")]
    found = behind(items, [(1, 2, "quotes"), (2, 3, "quotes"), (3, 1, "cites")], [1, 2])
    assert (sources(found), found.circles) == ([], ())
    assert [(each.source, each.reached_by.some) for each in found.retracted] == [(2, (1, 2))]


def test_each_stance_is_counted_apart() -> None:
    items = [Item(1, "agency", "yes"), Item(2, "post"), Item(3, "herald", "yes")]
    groups = {"supports": [2], "refutes": [3], "context": []}
    found = provenance(MINISTRY, items, [(2, 1, "quotes")], groups)
    assert {stance: sources(each) for stance, each in found.items()} == {
        "supports": [1],
        "refutes": [3],
        "context": [],
    }


def test_the_first_that_lead_to_an_origin_are_named() -> None:
    items = [Item(number, original="unknown") for number in range(500)]
    citing = [(number, 0, "quotes") for number in range(1, 500)]
    every_ninth = range(3, 500, 9)
    groups = {"supports": list(every_ninth), "refutes": list(range(1, 500, 2))}
    named = provenance(MINISTRY, items, citing, groups)["supports"].origins[0].reached_by
    assert (named.some, named.total) == (tuple(every_ninth[:MOST_NAMED]), len(every_ninth))


def test_the_shortest_way_is_told() -> None:
    citations = [(1, 2, "cites"), (2, 3, "cites"), (3, 9, "cites"), (1, 5, "cites"), (5, 9, "cites")]
    citations += [(1, 4, "cites"), (4, 9, "cites")]
    ways = Ways(citations, 1)
    assert ways.to({9}) == (1, 4, 9)
    assert ways.to({9, 3, 5}) == (1, 5)
    assert ways.to({1, 9}) == (1,)
    assert ways.to({7}) is None
    assert Ways(citations, 9).to({1}) is None
    told = "Source 1 cites source 4, which cites source 9, which is a page of this desk"
    assert in_words((1, 4, 9), citations, OUR_VERDICT).startswith(told)
    assert in_words((1, 6), citations, THE_CLAIM).startswith("Source 1 relies on source 6, which is where")
    assert in_words((6,), citations, THE_CLAIM).startswith("Source 6 is where the claim itself was seen")
    assert in_words((1, 4, 1), citations, ITSELF).startswith(
        "Source 1 cites source 4, which relies on source 1: a"
    )


@st.composite
def desks(draw: st.DrawFn) -> tuple[list[Item], list[Citation], dict[str, str]]:
    """Give sources of a few outlets, who cites whom, and who owns whom."""
    items = [
        Item(
            number,
            draw(st.sampled_from(OUTLETS)),
            draw(st.sampled_from(ORIGINALITIES)),
            appears=draw(st.integers(0, 9)) == 0,
            ours=draw(st.integers(0, 9)) == 0,
            retracted=draw(st.integers(0, 9)) == 0,
        )
        for number in range(1, draw(st.integers(1, 7)) + 1)
    ]
    numbers = st.integers(1, len(items))
    citations = draw(st.lists(st.tuples(numbers, numbers, st.sampled_from(CITATION_KINDS)), max_size=10))
    names = st.sampled_from([*filter(None, OUTLETS), "group"])
    owners = draw(st.dictionaries(names, names, max_size=3))
    return items, [each for each in citations if each[0] != each[1]], owners


def groups_of(items: Sequence[Item]) -> dict[str, list[int]]:
    """Attach the first of the items, so that the others are only reached."""
    return {"supports": [item.id for item in items[: (len(items) + 1) // 2]], "refutes": [items[0].id]}


class ByTheBook:
    """The rules as they are worded, without a thought for speed. The claimant's statement is number 0."""

    def __init__(self, items: Sequence[Item], citations: Sequence[Citation]) -> None:
        self.items = {item.id: item for item in items}
        self.whole = {source for source, _, kind in citations if kind in TAKES_ALL}
        self.stands = {item.id for item in items if not (item.retracted or item.ours)}
        self.leads: dict[int, set[int]] = {number: set() for number in (0, *self.items)}
        for source, cited, _ in citations:
            self.leads[source].add(cited)
        self.relays = {item.id: self.link(item) for item in items if self.passes_on(item)}
        for source, link in self.relays.items():
            self.leads[source] |= self.before(link)
        self.leaves = {source for source, further in self.leads.items() if not further}

    @staticmethod
    def link(item: Item) -> int:
        return MINISTRY.chain.index(item.outlet) if item.outlet in MINISTRY.chain else 0

    def passes_on(self, item: Item) -> bool:
        in_chain = item.outlet in MINISTRY.chain and (item.original != "yes" or item.outlet == "ministry")
        return item.id not in self.whole and (item.appears or in_chain)

    def before(self, link: int) -> set[int]:
        for name in reversed(MINISTRY.chain[:link]):
            found = {each for each in self.relays if each in self.stands and self.items[each].outlet == name}
            if found:
                return found
        return {0}

    def reached(self, start: int) -> set[int]:
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            place = waiting.pop()
            new = self.leads[place] - seen if place in self.stands else set()
            seen |= new
            waiting += new
        return seen

    def is_origin(self, source: int) -> bool:
        if source == 0:
            return True
        if source not in self.stands or source in self.reached(source):
            return False
        original = self.items[source].original
        if source in self.leaves:
            return original != "no"
        return original == "yes" and source not in self.whole and source not in self.relays

    def hand(self, source: int, owners: Mapping[str, str]) -> object:
        name = self.items[source].outlet if source else MINISTRY.claimant
        if name is None:
            return source
        # Who owns somebody and whom he owns are one, as far as that leads.
        found = {name}
        for _ in owners:
            found |= {owners[each] for each in found if each in owners}
            found |= {each for each in owners if owners[each] in found}
        return frozenset(found)


@settings(max_examples=150, deadline=None)
@given(desks())
def test_it_counts_as_the_rules_are_worded(desk: tuple[list[Item], list[Citation], dict[str, str]]) -> None:
    items, citations, owners = desk
    groups = groups_of(items)
    for stance, found in provenance(MINISTRY, items, citations, groups, owners).items():
        book = ByTheBook(items, citations)
        group = groups[stance]
        reached = set(group).union(*map(book.reached, group))
        origins = {source for source in reached if book.is_origin(source)}
        assert {source or 0 for source in sources(found)} == origins
        assert found.independent_origins == len({book.hand(source, owners) for source in origins})
        for origin in found.origins:
            place = origin.source or 0
            assert origin.reached_by.some == tuple(
                sorted(each for each in group if place == each or place in book.reached(each))
            )
        nowhere = reached & book.stands & book.leaves
        assert set(found.unknown) == {each for each in nowhere if book.items[each].original == "no"}


@settings(max_examples=100, deadline=None)
@given(desks(), st.randoms(use_true_random=False))
def test_what_always_holds(
    desk: tuple[list[Item], list[Citation], dict[str, str]], chance: random.Random
) -> None:
    items, citations, owners = desk
    groups = groups_of(items)
    found = provenance(MINISTRY, items, citations, groups, owners)
    for stance, each in found.items():
        origins = set(sources(each))
        assert 0 <= each.beyond_claimant <= each.independent_origins <= len(each.origins) <= len(items) + 1
        assert each.unconfirmed <= each.independent_origins
        assert each.independent_origins - each.beyond_claimant <= 1
        assert not origins & {member for circle in each.circles for member in circle}
        assert not origins & {item.id for item in items if item.ours or item.retracted}
        assert not origins & set(each.unknown)
        for circular in each.circular:
            assert circular.path[0] in groups[stance]
            assert circular.path[-1] == circular.source
    # The order in which all came in doesn't matter.
    shuffled = chance.sample(items, len(items)), chance.sample(citations, len(citations))
    mixed = {stance: chance.sample(group, len(group)) for stance, group in groups.items()}
    assert provenance(MINISTRY, *shuffled, mixed, owners) == found
    # Another reprint of something that is there already adds nothing, whoever prints it.
    known = chance.choice(groups["supports"])
    reprint = Item(99, chance.choice(OUTLETS), chance.choice(ORIGINALITIES), appears=chance.random() < 0.2)
    citing = [*citations, (99, known, chance.choice(sorted(TAKES_ALL)))]
    more = provenance(MINISTRY, [*items, reprint], citing, {"supports": [*groups["supports"], 99]}, owners)
    was, now = found["supports"], more["supports"]
    assert now.independent_origins <= was.independent_origins
    assert now.beyond_claimant <= was.beyond_claimant
    assert now.unknown == was.unknown


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8))
def test_a_circle_never_counts(size: int, more: list[tuple[int, int]]) -> None:
    items = [Item(number, f"paper {number}", "yes") for number in range(size)]
    circle = [(each, (each + 1) % size, "cites") for each in range(size)]
    chords = [(a % size, b % size, "quotes") for a, b in more if a % size != b % size]
    found = behind(items, circle + chords)
    assert (found.independent_origins, found.circles) == (0, (tuple(range(size)),))


def test_many_are_counted_and_some_are_named() -> None:
    """Deep, wide and tangled claims are answered at once: no recursion, no answer without end."""
    count = 10_000
    items = [Item(number, f"paper {number}", "yes") for number in range(count)]
    deep = [(after, before, "quotes") for before, after in pairwise(range(count))]
    started = time.process_time()
    found = behind(items, deep)
    assert found.independent_origins == count
    assert len(found.origins) == MOST_ORIGINS
    first = next(origin for origin in found.origins if origin.source == 0)
    assert (first.reached_by.total, len(first.reached_by.some)) == (count, MOST_NAMED)
    in_a_ring = behind(items, [*deep, (0, count - 1, "quotes")])
    assert (in_a_ring.independent_origins, len(in_a_ring.circles[0])) == (0, count)
    assert time.process_time() - started < 2
