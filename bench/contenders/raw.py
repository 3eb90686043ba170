"""The leanest Flask that still composes its answers: sqlite3 rows straight into orjson."""

import orjson
from flask import Flask, Response, abort, request

from bench.contenders import rows

app = Flask(__name__)


def answer(content: object) -> Response:
    return Response(orjson.dumps(content), content_type="application/json")


@app.get("/v1/claims/<int:claim_id>")
def read_claim(claim_id: int) -> Response:
    found = rows.claim_ids("SELECT id FROM claims WHERE id = :id AND stage = 'published'", {"id": claim_id})
    if not found:
        abort(404)
    return answer(rows.whole(found)[0])


@app.get("/v1/claims")
def list_claims() -> Response:
    limit = request.args.get("limit", 50, int)
    if "q" in request.args:
        return answer({"items": rows.found(request.args["q"], limit)})
    values = {"status": request.args["status"], "language": request.args["language"], "limit": limit}
    ids = rows.claim_ids(rows.LIST, values)
    return answer({"items": rows.whole(ids)})


@app.get("/v1/summaries")
def list_summaries() -> Response:
    values = {"status": request.args["status"], "language": request.args["language"]}
    ids = rows.claim_ids(rows.LIST, {**values, "limit": request.args.get("limit", 50, int)})
    return answer({"items": rows.summaries(ids)})
