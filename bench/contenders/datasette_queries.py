"""Datasette's canned queries: SQL puts the nested answers together, as its guide suggests."""

_CLAIM = """
    claims.id, claims.ref, claims.text, claims.claimed_on, claims.place, claims.language, claims.stage,
    claims.created_at, claims.updated_at,
    json_object('id', claimants.id, 'name', claimants.name, 'kind', claimants.kind,
                'same_as', claimants.same_as) AS claimant,
    CASE WHEN stories.id IS NULL THEN NULL
         ELSE json_object('slug', stories.slug, 'title', stories.title) END AS story,
    json_object('status', claims.status, 'rating', claims.rating, 'contested',
                json(CASE claims.contested WHEN 1 THEN 'true' ELSE 'false' END)) AS standing,
    json_object('id', creators.id, 'name', creators.name) AS created_by
"""
_BESIDE = """
    (SELECT json_group_array(json_object('role', role, 'name', name, 'url', url))
     FROM (SELECT * FROM chain_links WHERE claim_id = claims.id ORDER BY position)) AS chain,
    (SELECT json_group_array(url)
     FROM (SELECT url FROM appearances WHERE claim_id = claims.id ORDER BY position)) AS appearances,
    (SELECT json_object('measure', measure, 'value', value, 'low', low, 'high', high, 'qualifier', qualifier,
                        'unit', unit, 'scope', scope, 'as_of', as_of)
     FROM figures WHERE claim_id = claims.id) AS figure,
    (SELECT json_group_array(json_object(
        'id', e.id, 'stance', e.stance,
        'source', json_object('id', s.id, 'url', s.url, 'title', s.title,
            'outlet', CASE WHEN o.id IS NULL THEN NULL ELSE json_object('id', o.id, 'name', o.name) END,
            'kind', s.kind, 'original', s.original, 'published_on', s.published_on,
            'archive_url', s.archive_url, 'sha256', s.sha256),
        'quote', CASE WHEN e.quote_exact IS NULL THEN NULL
                 ELSE json_object('exact', e.quote_exact, 'prefix', e.quote_prefix, 'suffix', e.quote_suffix) END,
        'credibility', e.credibility, 'note', e.note, 'attached_at', e.attached_at,
        'attached_by', json_object('id', r.id, 'name', r.name)))
     FROM (SELECT * FROM evidence WHERE claim_id = claims.id ORDER BY id) AS e
     JOIN sources AS s ON s.id = e.source_id JOIN reviewers AS r ON r.id = e.attached_by
     LEFT JOIN outlets AS o ON o.id = s.outlet_id) AS sources,
    (SELECT json_group_array(json_object(
        'id', v.id, 'kind', CASE v.ruling WHEN 1 THEN 'ruling' ELSE 'verdict' END, 'status', v.status,
        'rating', statuses.rating, 'rationale', v.rationale, 'confidence', v.confidence,
        'sources', json((SELECT json_group_array(source_id) FROM (
            SELECT source_id FROM verdict_sources WHERE verdict_id = v.id ORDER BY source_id))),
        'by', json_object('id', r.id, 'name', r.name), 'at', v.issued_at))
     FROM (SELECT * FROM verdicts WHERE claim_id = claims.id ORDER BY seq) AS v
     JOIN statuses ON statuses.slug = v.status JOIN reviewers AS r ON r.id = v.reviewer_id) AS verdicts
"""
_JOINS = """
    JOIN claimants ON claimants.id = claims.claimant_id
    JOIN reviewers AS creators ON creators.id = claims.created_by
    LEFT JOIN stories ON stories.id = claims.story_id
"""
_LISTED = """
    WHERE claims.stage = 'published' AND claims.status = :status AND claims.language = :language
    ORDER BY claims.claimed_from DESC, claims.id DESC LIMIT 50
"""

QUERIES = {
    "claim": f"SELECT {_CLAIM}, {_BESIDE} FROM claims {_JOINS} WHERE claims.stage = 'published' AND claims.id = :id",
    "claims": f"SELECT {_CLAIM}, {_BESIDE} FROM claims {_JOINS} {_LISTED}",
    "summaries": f"SELECT {_CLAIM} FROM claims {_JOINS} {_LISTED}",
    "search": f"""
        WITH best AS (
            SELECT claims.id, claim_search.rank AS place,
                   snippet(claim_search, -1, '<mark>', '</mark>', '…', 16) AS snippet
            FROM claim_search JOIN claims ON claims.id = claim_search.rowid
            WHERE claim_search MATCH :q AND claims.stage = 'published'
            ORDER BY claim_search.rank LIMIT 20
        )
        SELECT {_CLAIM}, {_BESIDE}, best.snippet
        FROM best JOIN claims ON claims.id = best.id {_JOINS} ORDER BY best.place
    """,
}
# A canned query is one statement, so only the verdict's own row is stored.
ADD_VERDICT = """
    INSERT INTO verdicts (seq, claim_id, reviewer_id, ruling, status, rationale, confidence, issued_at)
    VALUES ((SELECT max(seq) + 1 FROM events), :claim_id, :reviewer_id, 0, :status, :rationale, :confidence,
            strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
"""
JSON_COLUMNS = ("claimant", "story", "standing", "created_by", "chain", "appearances", "figure", "sources", "verdicts")


def metadata() -> dict[str, object]:
    queries = {name: {"sql": sql} for name, sql in QUERIES.items()}
    return {"databases": {"desk": {"queries": {**queries, "add_verdict": {"sql": ADD_VERDICT, "write": True}}}}}
