"""A Flask view that returns a constant: the least that the framework costs."""

from flask import Flask, Response

app = Flask(__name__)


@app.get("/constant")
def constant() -> Response:
    return Response('{"constant":true}', content_type="application/json")


# As long as the desk's list of 50, to tell what sending alone costs.
LONG = '{"constant":"' + "x" * 156_000 + '"}'


@app.get("/long")
def long_constant() -> Response:
    return Response(LONG, content_type="application/json")
