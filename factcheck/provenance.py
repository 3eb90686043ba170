"""Provenance: how many independent origins stand behind what is attached to a claim.

A pure function of sources and citations. Whoever quotes, republishes, cites or translates a source
leads back to it; who only passes the claim on leads back to its claimant. What nothing leads further
back from is an origin, and origins in one hand count once. Nothing is walked by recursion, and whose
sources reach what is kept as bits of one number, so that 10,000 sources with 50,000 citations take
less than a tenth of a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

# Whoever takes a whole text over adds nothing of his own to it.
TAKES_ALL: Final = frozenset({"republishes", "translates"})
# So many origins are told of, those to which most leads; and of those that lead to one place so many
# are named. The others are counted.
MOST_ORIGINS, MOST_NAMED = 500, 20

OUR_VERDICT: Final = "our_verdict"
THE_CLAIM: Final = "the_claim"
THE_CLAIMANT: Final = "the_claimant"
RETRACTED: Final = "retracted"
ITSELF: Final = "itself"

Citation = tuple[int, int, str]
_CLAIMANT: Final = 0
_WINDOW_BITS: Final = 60
_WINDOW: Final = (1 << _WINDOW_BITS) - 1
# In whose hand an origin is: the kind of hand, and its name or number.
_Hand = tuple[str, str | int]


class Item(NamedTuple):
    """A source, as far as it matters where it comes from.

    Args:
        outlet: key of its outlet's name, see wording.folded.
        original: whether it is the outlet's own reporting: yes, no or unknown.
        appears: whether it is a place where the claim itself was seen.
        ours: whether it is a page of this desk.
        refutes: whether all that it was attached for is to refute the claim.
    """

    id: int
    outlet: str | None = None
    original: str = "unknown"
    appears: bool = False
    ours: bool = False
    retracted: bool = False
    refutes: bool = False


class Statement(NamedTuple):
    """Whose statement the claim is and through whom it came, by the keys of their names.

    Args:
        chain: from the first link to the last.
        first_speaks: whether the first link is who made the statement, and no mere relay of it.
    """

    claimant: str
    chain: tuple[str, ...] = ()
    first_speaks: bool = True


class Named(NamedTuple):
    """Some of the sources that lead to one place, and how many do."""

    some: tuple[int, ...]
    total: int


class Origin(NamedTuple):
    """Something that nothing leads further back from.

    Args:
        source: its number, or None for the statement that the claimant himself made.
        claimant: whether it is the claimant's, or of an outlet in his hand.
    """

    source: int | None
    claimant: bool
    reached_by: Named


class SameOwner(NamedTuple):
    """Origins in one hand; the owner's and the outlets' names are keys."""

    owner: str
    outlets: tuple[str, ...]
    origins: tuple[int | None, ...]


class Circular(NamedTuple):
    """A source that is our own verdict or the claim itself, and how something attached leads to it."""

    source: int
    leads_to: str
    path: tuple[int, ...]
    reached_by: Named


class Retracted(NamedTuple):
    """A source that was taken back, so that nothing is reached through it."""

    source: int
    reached_by: Named


@dataclass(frozen=True)
class Provenance:
    """What stands behind the sources that say one thing of a claim.

    `independent_origins` counts origins in one hand once. Of those `beyond_claimant` are not the
    claimant's, and of `unconfirmed` nobody has said that they are own reporting.
    """

    sources: int
    outlets: int
    independent_origins: int
    beyond_claimant: int
    unconfirmed: int
    origins: tuple[Origin, ...]
    unknown: tuple[int, ...]
    circles: tuple[tuple[int, ...], ...]
    circular: tuple[Circular, ...]
    same_owner: tuple[SameOwner, ...]
    retracted: tuple[Retracted, ...]


def provenance(
    statement: Statement,
    items: Iterable[Item],
    citations: Iterable[Citation],
    attached: Mapping[str, Collection[int]],
    owners: Mapping[str, str] | None = None,
) -> dict[str, Provenance]:
    """Lead what is attached to a claim back to its origins.

    Args:
        items: everything attached and everything that citations lead to, each once.
        citations: which source relies on which, and how: (source, cited, kind).
        attached: the numbers of the sources attached, by what they say of the claim.
        owners: whose an outlet is, by the keys of both names.

    Returns:
        What stands behind each of the groups of `attached`, whatever order all came in.
    """
    graph = _Graph(statement, sorted(items), citations)
    hands = _Hands(statement, owners or {})
    reached = graph.reached({source for group in attached.values() for source in group})
    return {stance: _behind(graph, hands, reached, set(group)) for stance, group in attached.items()}


class Ways:
    """The shortest ways from a source along citations; of those that are alike the one by small numbers."""

    def __init__(self, citations: Iterable[Citation], start: int) -> None:
        """Follow all citations once."""
        leads: dict[int, list[int]] = defaultdict(list)
        for source, cited, _ in citations:
            leads[source].append(cited)
        self._came_from = _came_from(leads, [start])
        self._rank = {source: rank for rank, source in enumerate(self._came_from)}

    def to(self, goals: Collection[int]) -> tuple[int, ...] | None:
        """Give the way to the nearest of some sources, or None if none is reached."""
        reached = [goal for goal in goals if goal in self._rank]
        return _way(self._came_from, min(reached, key=self._rank.__getitem__)) if reached else None


def in_words(way: Sequence[int], citations: Iterable[Citation], leads_to: str) -> str:
    """Tell a way from source to source, and where it ends.

    Args:
        way: the numbers of the sources; a step that no citation tells of is one along the chain.
        leads_to: OUR_VERDICT, THE_CLAIM, THE_CLAIMANT, RETRACTED or ITSELF.
    """
    steps = set(pairwise(way))
    said = {(source, cited): kind for source, cited, kind in citations if (source, cited) in steps}
    told = ", which ".join(f"{said.get(step, 'relies on')} source {step[1]}" for step in pairwise(way))
    if leads_to == ITSELF:
        return f"Source {way[0]} {told}: a circle, in which nothing is an origin."
    return f"Source {way[0]} {f'{told}, which ' if told else ''}{_ENDS[leads_to]}"


_ENDS: Final = {
    RETRACTED: "was retracted: nothing is reached through it.",
    OUR_VERDICT: "is a page of this desk: what we found ourselves is no evidence for it.",
    THE_CLAIM: "is where the claim itself was seen: it repeats what the claimant said.",
    THE_CLAIMANT: "is the claimant's, or of an outlet through which the claim came: it passes on what he "
    "said. If it is own reporting, say so by original: yes.",
}


class _Graph:
    """Who leads to whom. Place 0 is the claimant's statement, then come the items, then links of the chain.

    A link stands between those who relay what it said and its own sources, which would otherwise
    each have to lead to each.
    """

    def __init__(self, statement: Statement, items: Sequence[Item], citations: Iterable[Citation]) -> None:
        self.items = items
        # Named without `self` where there is a step for each citation.
        self.places = places = {item.id: place for place, item in enumerate(items, 1)}
        self.leads: list[list[int]] = [[] for _ in range(1 + len(items) + len(statement.chain))]
        leads, takes_all = self.leads, set()
        for source, cited, kind in citations:
            place = places[source]
            leads[place].append(places[cited])
            if kind in TAKES_ALL:
                takes_all.add(place)
        self._takes_all: set[int] = takes_all
        self._relays: set[int] = set()
        self._relay(statement)
        numbered = list(enumerate(items, 1))
        leaves = {place for place, _ in numbered if not self.leads[place]}
        self.retracted = [place for place, item in numbered if item.retracted]
        self.circular = [place for place, item in numbered if item.ours or item.appears]
        for place, item in numbered:
            if item.retracted or item.ours:
                self.leads[place] = []
        self.components = _components(self.leads)
        self.circles = [
            circle for each in self.components if len(each) > 1 and len(circle := self._items_of(each)) > 1
        ]
        circling = {place for circle in self.circles for place in circle}
        stand = [
            (place, item.original)
            for place, item in numbered
            if place not in circling and not item.retracted and not item.ours
        ]
        # Own reporting that leads further back is an origin all the same, unless it only passes on.
        adds_nothing = takes_all | self._relays
        self.unknown = [place for place, original in stand if original == "no" and place in leaves]
        self.origins = [
            place
            for place, original in stand
            if (original != "no" if place in leaves else original == "yes" and place not in adds_nothing)
        ]

    def item(self, place: int) -> Item:
        """Give the source at a place."""
        return self.items[place - 1]

    def reached(self, sources: Collection[int]) -> _Reached:
        """Work out which of these sources lead to each place."""
        return _Reached(self, sources)

    def _relay(self, statement: Statement) -> None:
        """Lead who passes the claim on back to who passed it to him, and in the end to the claimant.

        Own reporting of an outlet in the chain is no relay, unless the claim itself was seen there; nor
        is what refutes the claim, unless it is said to be no own reporting.
        What is known to be taken over from elsewhere comes from there, whoever printed it.
        """
        link_of = {name: link for link, name in reversed(list(enumerate(statement.chain)))}
        speakers = {statement.claimant, *(statement.chain[:1] if statement.first_speaks else ())}
        told: dict[int, list[int]] = defaultdict(list)
        relays = []
        for place, item in enumerate(self.items, 1):
            link = None if item.outlet is None else link_of.get(item.outlet)
            speaks = item.outlet in speakers
            own = item.original == "yes" or (item.refutes and item.original != "no")
            repeats = item.appears or (link is not None and not own)
            if place in self._takes_all or not (speaks or repeats):
                continue
            self._relays.add(place)
            if speaks or link is None:
                self.leads[place].append(_CLAIMANT)
            else:
                relays.append((place, link))
            if link is not None and not item.retracted and not item.ours:
                told[link].append(place)
        before, last = {}, _CLAIMANT
        for link in range(len(statement.chain)):
            before[link] = last
            if told[link]:
                last = 1 + len(self.items) + link
                self.leads[last] = told[link]
        for place, link in relays:
            self.leads[place].append(before[link])

    def _items_of(self, places: Iterable[int]) -> list[int]:
        """Leave out the claimant and the links of the chain."""
        return sorted(place for place in places if _CLAIMANT < place <= len(self.items))


class _Reached:
    """Which attached sources lead to which place: one bit each, in the order of their numbers."""

    def __init__(self, graph: _Graph, sources: Collection[int]) -> None:
        self._sources = sorted(sources)
        self._bits = [0] * len(graph.leads)
        for bit, source in enumerate(self._sources):
            self._bits[graph.places[source]] = 1 << bit
        bits, leads = self._bits, graph.leads
        for component in reversed(graph.components):
            if len(component) > 1:
                together = 0
                for place in component:
                    together |= bits[place]
                for place in component:
                    bits[place] = together
            for place in component:
                if by := bits[place]:
                    for further in leads[place]:
                        bits[further] |= by

    def mask(self, sources: Collection[int]) -> int:
        """Give the bits of some of the sources."""
        return sum(1 << bit for bit, source in enumerate(self._sources) if source in sources)

    def by(self, place: int, mask: int) -> int:
        """Give the bits of those among some sources that lead to a place."""
        return self._bits[place] & mask

    def named(self, bits: int) -> Named:
        """Name the first sources of these bits."""
        return Named(tuple(self._sources[bit] for bit in _lowest(bits, MOST_NAMED)), bits.bit_count())


class _Hands:
    """In whose hand an outlet is: its owner's, or that of the owner's owner, or its own."""

    def __init__(self, statement: Statement, owners: Mapping[str, str]) -> None:
        self._owners = owners
        self._known: dict[str, str] = {}
        first = statement.chain[:1] if statement.first_speaks else ()
        self._speakers = {self.owner(name) for name in (statement.claimant, *first)}
        self.speaker: _Hand = ("owner", self.owner(statement.claimant))

    def owner(self, name: str) -> str:
        """Follow the owners to the last; those who own each other in a circle are one."""
        if name not in self._owners:
            return name
        way: dict[str, None] = {}
        while name not in self._known and name not in way and name in self._owners:
            way[name] = None
            name = self._owners[name]
        last = self._known.get(name, name)
        self._known |= dict.fromkeys(way, last)
        return last

    def holding(self, item: Item) -> _Hand:
        """Name the hand in which a source is; one without outlet is in its own."""
        if item.outlet is None:
            return "source", item.id
        owner = self.owner(item.outlet)
        return self.speaker if owner in self._speakers else ("owner", owner)


def _behind(graph: _Graph, hands: _Hands, reached: _Reached, sources: set[int]) -> Provenance:
    mask = reached.mask(sources)
    leading: list[tuple[int | None, _Hand, int]] = []
    confirmed: set[_Hand] = set()
    if by := reached.by(_CLAIMANT, mask):
        leading.append((None, hands.speaker, by))
        confirmed.add(hands.speaker)
    for place in graph.origins:
        if by := reached.by(place, mask):
            item = graph.item(place)
            leading.append((item.id, hands.holding(item), by))
            if item.original == "yes":
                confirmed.add(leading[-1][1])
    held: dict[_Hand, list[int | None]] = defaultdict(list)
    for source, hand, _ in leading:
        held[hand].append(source)
    most = sorted(leading, key=lambda each: (each[0] is not None, -each[2].bit_count()))[:MOST_ORIGINS]
    return Provenance(
        sources=len(sources),
        outlets=len({graph.item(graph.places[source]).outlet for source in sources} - {None}),
        independent_origins=len(held),
        beyond_claimant=len(held) - (hands.speaker in held),
        unconfirmed=len(held) - len(confirmed),
        origins=tuple(Origin(source, hand == hands.speaker, reached.named(by)) for source, hand, by in most),
        unknown=tuple(graph.item(place).id for place in graph.unknown if reached.by(place, mask)),
        circles=tuple(
            sorted(
                tuple(graph.item(place).id for place in circle)
                for circle in graph.circles
                if reached.by(circle[0], mask)
            )
        ),
        circular=tuple(_circular(graph, reached, sources, mask)),
        same_owner=tuple(_same_owner(graph, hand, of) for hand, of in held.items() if len(of) > 1),
        retracted=tuple(
            Retracted(graph.item(place).id, reached.named(by))
            for place in graph.retracted
            if (by := reached.by(place, mask))
        ),
    )


def _circular(graph: _Graph, reached: _Reached, sources: set[int], mask: int) -> Iterator[Circular]:
    goals = [place for place in graph.circular if reached.by(place, mask)]
    came_from = _came_from(graph.leads, sorted(graph.places[each] for each in sources), goals)
    for place in goals:
        item = graph.item(place)
        way = tuple(graph.item(each).id for each in _way(came_from, place) if each <= len(graph.items))
        leads_to = OUR_VERDICT if item.ours else THE_CLAIM
        yield Circular(item.id, leads_to, way, reached.named(reached.by(place, mask)))


def _same_owner(graph: _Graph, hand: _Hand, origins: Sequence[int | None]) -> SameOwner:
    _, owner = hand
    outlets = {graph.item(graph.places[each]).outlet for each in origins if each is not None}
    return SameOwner(
        # A source without outlet is in a hand of its own, so those that share one have an owner.
        owner=str(owner),
        outlets=tuple(sorted(name for name in outlets if name is not None)),
        origins=tuple(origins),
    )


def _components(leads: Sequence[Sequence[int]]) -> list[list[int]]:
    """Find the strongly connected components (Tarjan 1972), without recursion.

    Returns:
        Each with its places; a component leads only to itself and to those before it.
    """
    order, lowest = [0] * len(leads), [0] * len(leads)
    waiting: list[int] = []
    found: list[list[int]] = []
    count, done = 0, len(leads) + 1
    for root in range(len(leads)):
        if order[root]:
            continue
        count += 1
        order[root] = lowest[root] = count
        waiting.append(root)
        under_way = [(root, iter(leads[root]))]
        while under_way:
            place, further = under_way[-1]
            low = lowest[place]
            for other in further:
                if not order[other]:
                    count += 1
                    order[other] = lowest[other] = count
                    waiting.append(other)
                    under_way.append((other, iter(leads[other])))
                    break
                # One whose component is known lies above all others and changes nothing.
                low = min(low, lowest[other])
            else:
                under_way.pop()
                if low == order[place]:
                    cut = len(waiting) - 1
                    while waiting[cut] != place:
                        cut -= 1
                    found.append(waiting[cut:])
                    del waiting[cut:]
                    for each in found[-1]:
                        lowest[each] = done
                elif under_way:
                    before = under_way[-1][0]
                    lowest[before] = min(lowest[before], low)
                    lowest[place] = low
                continue
            lowest[place] = low
    return found


def _came_from(
    leads: Mapping[int, Sequence[int]] | Sequence[Sequence[int]],
    starts: Iterable[int],
    goals: Iterable[int] | None = None,
) -> dict[int, int | None]:
    """Walk in widening rings, and note for each place from where it was reached.

    Args:
        goals: where to stop when all of them are reached; without them, it goes as far as it leads.
    """
    came_from: dict[int, int | None] = dict.fromkeys(starts)
    ring, wanted = list(came_from), None if goals is None else set(goals)
    while ring and (wanted is None or not wanted <= came_from.keys()):
        coming = []
        for place in ring:
            for further in sorted(leads[place]):
                if further not in came_from:
                    came_from[further] = place
                    coming.append(further)
        ring = coming
    return came_from


def _way(came_from: Mapping[int, int | None], goal: int) -> tuple[int, ...]:
    way, place = [], came_from[goal]
    way.append(goal)
    while place is not None:
        way.append(place)
        place = came_from[place]
    return tuple(reversed(way))


def _lowest(bits: int, most: int) -> list[int]:
    """Give the places of the lowest bits that are set."""
    found: list[int] = []
    start = 0
    while bits and len(found) < most:
        gap = (bits & -bits).bit_length() - 1
        start, bits = start + gap, bits >> gap
        # Where many are set, a small number is quicker to look through than the long one.
        window, bits = bits & _WINDOW, bits >> _WINDOW_BITS
        while window and len(found) < most:
            low = window & -window
            found.append(start + low.bit_length() - 1)
            window ^= low
        start += _WINDOW_BITS
    return found
