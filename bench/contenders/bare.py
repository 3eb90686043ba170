"""A Flask view that returns a constant: the least that the framework costs."""

from flask import Flask, Response

app = Flask(__name__)


@app.get("/constant")
def constant() -> Response:
    return Response('{"constant":true}', content_type="application/json")
