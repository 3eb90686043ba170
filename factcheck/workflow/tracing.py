"""Where what is attached to a claim comes from, and what rests on a source: rows → rules → answers."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from db import Database, origins
from db.origins import Citations, Node
from db.rows import Row
from factcheck.addresses import address_key
from factcheck.provenance import (
    OUR_VERDICT,
    RETRACTED,
    THE_CLAIM,
    THE_CLAIMANT,
    Citation,
    Item,
    Named,
    Origin,
    Provenance,
    Statement,
    Ways,
    in_words,
    provenance,
)
from factcheck.vocabulary import STANCES
from factcheck.wording import folded
from schemas.provenance import ImpactSchema, ProvenanceSchema
from schemas.shown import picker

_shown_provenance = picker(ProvenanceSchema)
_shown_impact = picker(ImpactSchema)
_folded = lru_cache(maxsize=10_000)(folded)


class Traced:
    """What stands behind a claim, by what is said of it, with what it was worked out from."""

    def __init__(
        self,
        db: Database,
        claim_id: int,
        public_url: str,
        as_of: int | None = None,
        sides: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Follow all that is attached to a claim to its origins.

        Args:
            db: in one snapshot.
            public_url: of this desk, whose own pages are no evidence.
            as_of: the line of the log after which it is asked for, if not now.
            sides: stances that are taken together, by a name; each for itself if not said.

        Raises:
            LookupError: there is no such claim.
        """
        claim = origins.claimed(db, claim_id, as_of)
        if claim is None:
            raise LookupError(f"claim {claim_id} has no row")
        self.claimant: str = claim["claimant"]
        attached: dict[str, set[int]] = {stance: set() for stance in STANCES}
        for stance, source in origins.attached(db, claim_id, as_of):
            attached[stance].add(source)
        refuting = attached["refutes"] - attached["supports"] - attached["context"]
        sources = set().union(*attached.values())
        self.citations = origins.relied_on(db, sources, as_of)
        sources.update(self.citations.cited)
        seen, ours = address_keys(json.loads(claim["appearances"])), own_pages(public_url)
        self._names: dict[str | None, str | None] = {claim["claimant_key"]: self.claimant}
        items, owned = [], {}
        for node in origins.nodes(db, sources, as_of):
            items.append(_item(node, seen, ours, refutes=node.id in refuting))
            self._names[node.outlet_key] = node.outlet
            if node.outlet_key and node.owner:
                owned[node.outlet_key] = node.owner
        together = {
            name: set().union(*(attached[stance] for stance in stances))
            for name, stances in (sides or {stance: (stance,) for stance in STANCES}).items()
        }
        owners = self._owners(db, owned, claim, as_of)
        self.by_stance: dict[str, Provenance] = provenance(
            _statement(claim), items, self.citations.each(), together, owners
        )

    def name(self, key: str | None) -> str | None:
        """Give the name that was written so, by its key."""
        return self._names.get(key, key)

    def _owners(
        self, db: Database, owned: Mapping[str, str], claim: Row, as_of: int | None
    ) -> dict[str, str]:
        """Give whose the outlets are, and their owners, if they are outlets, too, and so on, by keys."""
        owners = self._keyed(owned)
        speakers = {claim["claimant_key"], *_statement(claim).chain[:1]}
        asked: set[str] = set()
        while wanted := {*owners.values(), *speakers} - asked - owners.keys():
            asked |= wanted
            more = origins.owned(db, wanted, as_of)
            self._names |= {key: name for key, (name, _) in more.items()}
            owners |= self._keyed({key: owner for key, (_, owner) in more.items()})
        return owners

    def _keyed(self, owned: Mapping[str, str]) -> dict[str, str]:
        """Put keys in the place of the owners' names, and note the names."""
        owners = {key: _folded(owner) for key, owner in owned.items()}
        for key, owner in owned.items():
            self._names.setdefault(owners[key], owner)
        return owners


def provenance_content(
    db: Database, claim_id: int, public_url: str, as_of: int | None = None
) -> dict[str, Any]:
    """Tell what stands behind a claim; see Traced."""
    traced = Traced(db, claim_id, public_url, as_of)
    named = {
        source
        for found in traced.by_stance.values()
        for source in (*(each.source for each in found.origins), *(each.source for each in found.retracted))
        if source is not None
    }
    told = origins.told_of(db, named, as_of)
    behind = {stance: _behind(traced, found, told) for stance, found in traced.by_stance.items()}
    return _shown_provenance({"claim": claim_id, **behind})


def impact_content(
    db: Database, source_id: int, as_of: int | None = None, *, public_only: bool
) -> dict[str, Any]:
    """Tell which claims and standing verdicts rest on a source, and by which way each does.

    Args:
        public_only: whether to tell of published claims only.
    """
    resting = origins.resting_on(db, source_id, as_of)
    # Ways are looked for from their end, and told from their beginning.
    ways = Ways(origins.Citations(resting.cited, resting.sources, resting.kinds).each(), source_id)
    touched = {
        name: [
            {**row, "path": list(reversed(ways.to(json.loads(row["sources"])) or ()))}
            for row in ask(db, source_id, as_of, public_only=public_only)
        ]
        for name, ask in (("claims", origins.claims_touched), ("verdicts", origins.verdicts_touched))
    }
    for row in touched["verdicts"]:
        row["kind"] = "ruling" if row["ruling"] else "verdict"
        row["published"] = row["stage"] == "published"
        row["by"] = {"id": row["reviewer_id"], "name": row["reviewer_name"]}
    told = origins.told_of(db, [source_id], as_of)[source_id]
    totals = {f"{name}_total": listed[0]["total"] if listed else 0 for name, listed in touched.items()}
    return _shown_impact({"source": source_id, **told, **touched, **totals})


def circular_reporting(
    db: Database,
    source_id: int,
    citations: Citations,
    public_url: str,
    claim_id: int | None = None,
    stance: str | None = None,
) -> list[dict[str, Any]]:
    """Warn if a source leads to a page of this desk, to the claim it is to support, or to what was retracted.

    Args:
        citations: by which the source leads further.
        claim_id: to which the source is attached, if that is what is done, and with which
        stance: what refutes a claim does not pass it on.

    Returns:
        A warning for each, with the shortest way.
    """
    claim = origins.claimed(db, claim_id) if claim_id is not None else None
    seen = address_keys(json.loads(claim["appearances"])) if claim else set()
    passes_on = _names_on_the_way(claim) if claim and stance != "refutes" else set()
    ours = own_pages(public_url)
    sources = {source_id, *citations.cited}
    found: dict[str, set[int]] = {OUR_VERDICT: set(), THE_CLAIM: set(), THE_CLAIMANT: set(), RETRACTED: set()}
    for node in origins.nodes(db, sources):
        item = _item(node, seen, ours)
        if item.ours or item.appears:
            found[OUR_VERDICT if item.ours else THE_CLAIM].add(node.id)
        elif item.outlet in passes_on and item.original != "yes":
            found[THE_CLAIMANT].add(node.id)
        if item.retracted:
            found[RETRACTED].add(node.id)
    if not any(found.values()):
        return []
    ways = Ways(citations.each(), source_id)
    return [warning(citations.each(), way, end) for end, goals in found.items() if (way := ways.to(goals))]


def _names_on_the_way(claim: Row) -> set[str]:
    """Give the keys of the names of a claim's claimant and of all through whom it came."""
    return {claim["claimant_key"], *(_folded(link["name"]) for link in json.loads(claim["chain"]))}


def warning(citations: Iterable[Citation], way: tuple[int, ...], leads_to: str) -> dict[str, Any]:
    """Write a warning that a way leads in a circle."""
    return {"leads_to": leads_to, "path": list(way), "detail": in_words(way, citations, leads_to)}


def address_keys(urls: Iterable[str]) -> set[str]:
    """Give the keys of addresses, but of those that can't be read."""
    return {key for url in urls if (key := _key(url)) is not None}


@lru_cache(maxsize=8)
def own_pages(public_url: str) -> re.Pattern[str]:
    """Give what the keys of all this desk's own addresses match."""
    return re.compile(rf"{re.escape(address_key(public_url))}(?:[/?#]|$)")


def _key(url: str) -> str | None:
    try:
        return address_key(url)
    except ValueError:
        return None


def _item(node: Node, seen: Collection[str], ours: re.Pattern[str], *, refutes: bool = False) -> Item:
    return Item(
        node.id,
        node.outlet_key,
        node.original,
        appears=node.identity in seen,
        ours=ours.match(node.identity) is not None,
        retracted=bool(node.retracted),
        refutes=refutes,
    )


def _statement(claim: Row) -> Statement:
    chain = json.loads(claim["chain"])
    return Statement(
        claim["claimant_key"],
        tuple(_folded(link["name"]) for link in chain),
        first_speaks=bool(chain) and chain[0]["role"] == "origin",
    )


def _behind(traced: Traced, found: Provenance, told: Mapping[int, Row]) -> dict[str, Any]:
    return {
        **vars(found),
        "unknown_origin": len(found.unknown),
        "origins": [_origin(traced, each, told) for each in found.origins],
        "circular": [
            {
                **each._asdict(),
                **_named(each.reached_by),
                "detail": in_words(each.path, traced.citations.each(), each.leads_to),
            }
            for each in found.circular
        ],
        "same_owner": [
            {
                "owner": traced.name(each.owner),
                "outlets": [traced.name(key) for key in each.outlets],
                "origins": each.origins,
            }
            for each in found.same_owner
        ],
        "retracted": [
            {**told[each.source], "source": each.source, **_named(each.reached_by)}
            for each in found.retracted
        ],
    }


_NO_SOURCE = dict.fromkeys(("title", "outlet", "url", "original", "described_as"))


def _origin(traced: Traced, origin: Origin, told: Mapping[int, Row]) -> dict[str, Any]:
    if origin.source is None:
        shown: Mapping[str, Any] = {**_NO_SOURCE, "name": traced.claimant, "protected": False}
    else:
        shown = {**told[origin.source], "name": None}
    return {
        **shown,
        "source": origin.source,
        "claimant": origin.claimant,
        **_named(origin.reached_by),
    }


def _named(named: Named) -> dict[str, Any]:
    return {"reached_by": named.some, "reached_by_total": named.total}
