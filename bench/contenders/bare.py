"""A Flask view that returns a constant: the least that the framework costs."""

from flask import Flask, Response

app = Flask(__name__)


@app.get("/constant")
# An address that the desk's server answers on its event loop; see answered_inline.
@app.get("/v1/claims/1")
def constant() -> Response:
    return Response('{"constant":true}', content_type="application/json")


# As long as the desk's list of 50, to tell what sending alone costs.
LONG = '{"constant":"' + "x" * 156_000 + '"}'


@app.get("/long")
def long_constant() -> Response:
    return Response(LONG, content_type="application/json")
