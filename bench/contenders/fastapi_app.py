"""FastAPI and SQLAlchemy as their guides show them: mapped classes, a session a request, response models."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, ForeignKey, Table, create_engine, event, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload, sessionmaker

engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}", pool_size=40, connect_args={"timeout": 30})
Sessions = sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine, "connect")
def set_up(connection: Any, _: Any) -> None:
    # SQLAlchemy's own recipe for SQLite: it, and not the driver, says when a transaction begins.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


@event.listens_for(engine, "begin")
def begin(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


class Base(DeclarativeBase):
    pass


verdict_sources = Table(
    "verdict_sources",
    Base.metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), primary_key=True),
)


class Reviewer(Base):
    __tablename__ = "reviewers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    active: Mapped[int]


class Token(Base):
    __tablename__ = "tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    sha256: Mapped[str]
    revoked_at: Mapped[str | None]
    reviewer: Mapped[Reviewer] = relationship(lazy="joined")


class Status(Base):
    __tablename__ = "statuses"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    rating: Mapped[int | None]
    assignable: Mapped[int]


class Claimant(Base):
    __tablename__ = "claimants"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    same_as: Mapped[str | None]


class Story(Base):
    __tablename__ = "stories"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[str]


class Outlet(Base):
    __tablename__ = "outlets"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Source(Base):
    __tablename__ = "sources"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str | None]
    title: Mapped[str | None]
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"))
    kind: Mapped[str]
    original: Mapped[str]
    published_on: Mapped[str | None]
    archive_url: Mapped[str | None]
    sha256: Mapped[str | None]
    outlet: Mapped[Outlet | None] = relationship(lazy="joined")


class Link(Base):
    __tablename__ = "chain_links"
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    name: Mapped[str]
    url: Mapped[str | None]


class Appearance(Base):
    __tablename__ = "appearances"
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str]


class Figure(Base):
    __tablename__ = "figures"
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    measure: Mapped[str]
    value: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    qualifier: Mapped[str]
    unit: Mapped[str | None]
    scope: Mapped[str | None]
    as_of: Mapped[str | None]


class Evidence(Base):
    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    stance: Mapped[str]
    quote_exact: Mapped[str | None]
    quote_prefix: Mapped[str | None]
    quote_suffix: Mapped[str | None]
    credibility: Mapped[int | None]
    note: Mapped[str | None]
    attached_at: Mapped[str]
    attached_by_id: Mapped[int] = mapped_column("attached_by", ForeignKey("reviewers.id"))
    source: Mapped[Source] = relationship(lazy="joined")
    attached_by: Mapped[Reviewer] = relationship(lazy="joined")

    @property
    def quote(self) -> dict[str, Any] | None:
        if self.quote_exact is None:
            return None
        return {"exact": self.quote_exact, "prefix": self.quote_prefix, "suffix": self.quote_suffix}


class Verdict(Base):
    __tablename__ = "verdicts"
    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    ruling: Mapped[int]
    status: Mapped[str] = mapped_column(ForeignKey("statuses.slug"))
    rationale: Mapped[str]
    confidence: Mapped[str | None]
    at: Mapped[str] = mapped_column("issued_at")
    by: Mapped[Reviewer] = relationship(lazy="joined")
    status_row: Mapped[Status] = relationship(lazy="joined")
    rests_on: Mapped[list[Source]] = relationship(secondary=verdict_sources, order_by=Source.id)

    @property
    def kind(self) -> str:
        return "ruling" if self.ruling else "verdict"

    @property
    def rating(self) -> int | None:
        return self.status_row.rating

    @property
    def sources(self) -> list[int]:
        return [source.id for source in self.rests_on]


class Claim(Base):
    __tablename__ = "claims"
    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str | None]
    text: Mapped[str]
    claimant_id: Mapped[int] = mapped_column(ForeignKey("claimants.id"))
    claimed_on: Mapped[str | None]
    claimed_from: Mapped[str]
    place: Mapped[str | None]
    language: Mapped[str | None]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))
    stage: Mapped[str]
    status: Mapped[str]
    rating: Mapped[int | None]
    contested: Mapped[int]
    created_at: Mapped[str]
    created_by_id: Mapped[int] = mapped_column("created_by", ForeignKey("reviewers.id"))
    updated_at: Mapped[str]
    claimant: Mapped[Claimant] = relationship(lazy="joined")
    story: Mapped[Story | None] = relationship(lazy="joined")
    created_by: Mapped[Reviewer] = relationship(lazy="joined")
    chain: Mapped[list[Link]] = relationship(order_by=Link.position)
    seen_at: Mapped[list[Appearance]] = relationship(order_by=Appearance.position)
    figure: Mapped[Figure | None] = relationship()
    sources: Mapped[list[Evidence]] = relationship(order_by=Evidence.id)
    verdicts: Mapped[list[Verdict]] = relationship(order_by=Verdict.seq)

    @property
    def standing(self) -> dict[str, Any]:
        return {"status": self.status, "rating": self.rating, "contested": bool(self.contested)}

    @property
    def appearances(self) -> list[str]:
        return [each.url for each in self.seen_at]


# Columns that an answer doesn't show are not asked for.
WHOLE = (
    selectinload(Claim.chain),
    selectinload(Claim.seen_at),
    selectinload(Claim.figure),
    selectinload(Claim.sources),
    selectinload(Claim.verdicts).selectinload(Verdict.rests_on).load_only(Source.id).lazyload(Source.outlet),
)


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class NamedShown(Shown):
    id: int
    name: str


class ClaimantShown(NamedShown):
    kind: str
    same_as: str | None


class LinkShown(Shown):
    role: str
    name: str
    url: str | None


class StoryShown(Shown):
    slug: str
    title: str


class FigureShown(Shown):
    measure: str
    value: float | None
    low: float | None
    high: float | None
    qualifier: str
    unit: str | None
    scope: str | None
    as_of: str | None


class StandingShown(Shown):
    status: str
    rating: int | None
    contested: bool


class SourceShown(Shown):
    id: int
    url: str | None
    title: str | None
    outlet: NamedShown | None
    kind: str
    original: str
    published_on: str | None
    archive_url: str | None
    sha256: str | None


class QuoteShown(Shown):
    exact: str
    prefix: str | None
    suffix: str | None


class EvidenceShown(Shown):
    id: int
    stance: str
    source: SourceShown
    quote: QuoteShown | None
    credibility: int | None
    note: str | None
    attached_at: str
    attached_by: NamedShown


class VerdictShown(Shown):
    id: int
    kind: str
    status: str
    rating: int | None
    rationale: str
    confidence: str | None
    sources: list[int]
    by: NamedShown
    at: str


class SummaryShown(Shown):
    id: int
    ref: str | None
    text: str
    claimant: ClaimantShown
    claimed_on: str | None
    place: str | None
    language: str | None
    story: StoryShown | None
    standing: StandingShown
    stage: str
    created_at: str
    created_by: NamedShown
    updated_at: str


class ClaimShown(SummaryShown):
    chain: list[LinkShown]
    appearances: list[str]
    figure: FigureShown | None
    sources: list[EvidenceShown]
    verdicts: list[VerdictShown]


class FoundShown(ClaimShown):
    snippet: str


class Page(BaseModel):
    items: list[ClaimShown]


class FoundPage(BaseModel):
    items: list[FoundShown]


class SummaryPage(BaseModel):
    items: list[SummaryShown]


class NewVerdict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: str
    rationale: str = Field(min_length=1, max_length=20000)
    confidence: str | None = Field(None, pattern="^(low|moderate|high)$")
    sources: list[int] = []


def session() -> Iterator[Session]:
    with Sessions() as opened:
        yield opened


Opened = Annotated[Session, Depends(session)]
Limit = Annotated[int, Query(ge=1, le=200)]
app = FastAPI()

SEARCH = text(
    """
    SELECT claims.id, snippet(claim_search, -1, '<mark>', '</mark>', '…', 16)
    FROM claim_search JOIN claims ON claims.id = claim_search.rowid
    WHERE claim_search MATCH :words AND claims.stage = 'published'
    ORDER BY claim_search.rank LIMIT :limit
    """
)


def listed(status: str, language: str, limit: int) -> Any:
    return (
        select(Claim)
        .where(Claim.stage == "published", Claim.status == status, Claim.language == language)
        .order_by(Claim.claimed_from.desc(), Claim.id.desc())
        .limit(limit)
    )


@app.get("/v1/claims/{claim_id}", response_model=ClaimShown)
def read_claim(claim_id: int, db: Opened) -> Claim:
    claim = db.scalar(select(Claim).where(Claim.id == claim_id, Claim.stage == "published").options(*WHOLE))
    if claim is None:
        raise HTTPException(404)
    return claim


@app.get("/v1/claims", response_model=Page)
def list_claims(db: Opened, status: str, language: str, sort: str = "-claimed_on", limit: Limit = 50) -> Any:
    return {"items": db.scalars(listed(status, language, limit).options(*WHOLE)).all()}


@app.get("/v1/summaries", response_model=SummaryPage)
def list_summaries(db: Opened, status: str, language: str, sort: str = "-claimed_on", limit: Limit = 50) -> Any:
    return {"items": db.scalars(listed(status, language, limit)).all()}


@app.get("/v1/search", response_model=FoundPage)
def search_claims(db: Opened, q: str, limit: Limit = 50) -> Any:
    words = " ".join(f'"{word}"' for word in re.findall(r"\w+", q))
    places = dict(tuple(row) for row in db.execute(SEARCH, {"words": words, "limit": limit}))
    found = {claim.id: claim for claim in db.scalars(select(Claim).where(Claim.id.in_(places)).options(*WHOLE))}
    for claim_id, place in places.items():
        found[claim_id].snippet = place
    return {"items": [found[claim_id] for claim_id in places]}


@app.post("/v1/claims/{claim_id}/verdicts", response_model=VerdictShown, status_code=201)
def add_verdict(claim_id: int, draft: NewVerdict, db: Opened, authorization: Annotated[str, Header()] = "") -> Any:
    db.connection(execution_options={"begin": "BEGIN IMMEDIATE"})
    reviewer = authenticated(db, authorization)
    claim = db.get(Claim, claim_id)
    status = db.scalar(select(Status).where(Status.slug == draft.status))
    attached = set(db.scalars(select(Evidence.source_id).where(Evidence.claim_id == claim_id)))
    if claim is None:
        raise HTTPException(404)
    if claim.stage == "withdrawn" or not status or not status.assignable or not attached.issuperset(draft.sources):
        raise HTTPException(400)
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    seq = db.scalar(text("SELECT max(seq) + 1 FROM events"))
    verdict = Verdict(
        seq=seq, claim_id=claim_id, by=reviewer, ruling=0, status_row=status, rationale=draft.rationale,
        confidence=draft.confidence, at=at,
        rests_on=list(db.scalars(select(Source).where(Source.id.in_(draft.sources)).order_by(Source.id))),
    )  # fmt: skip
    db.add(verdict)
    db.flush()
    standing = dict(
        tuple(row)
        for row in db.execute(
            select(Verdict.reviewer_id, Verdict.status).where(Verdict.claim_id == claim_id).order_by(Verdict.seq)
        )
    )
    claim.status, claim.rating, claim.updated_at = draft.status, status.rating, at
    claim.contested = int(len(set(standing.values())) > 1)
    db.execute(
        text("UPDATE claim_search SET rationale = rationale || ' · ' || :rationale WHERE rowid = :id"),
        {"rationale": draft.rationale, "id": claim_id},
    )
    db.execute(
        text(
            """
            INSERT INTO events (seq, at, actor_id, actor, act, noun, subject_id, claim_id, changes,
                                documents, request_id, previous_hash, hash)
            VALUES (:seq, :at, :by, '', 'verdict:issue', 'verdicts', :verdict, :claim, '{}', '{}', '', '', '')
            """
        ),
        {"seq": seq, "at": at, "by": reviewer.id, "verdict": verdict.id, "claim": claim_id},
    )
    db.commit()
    return verdict


def authenticated(db: Session, authorization: str) -> Reviewer:
    secret = authorization.removeprefix("Bearer ")
    token = db.scalar(select(Token).where(Token.sha256 == sha256(secret.encode()).hexdigest()))
    if token is None or token.revoked_at or not token.reviewer.active:
        raise HTTPException(401)
    return token.reviewer
