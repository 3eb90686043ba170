"""The constant behind the very server that serves the desk: same code, same settings."""

import os
import sys
from types import SimpleNamespace

from bench.contenders.bare import app
from factcheck.settings import read_settings
from factcheck.web.serve import serve

# The server imports the application by the name `app`; here it finds the constant.
sys.modules["app"] = SimpleNamespace(create_app=lambda settings, telemetry: app)  # type: ignore[assignment]

if __name__ == "__main__":
    serve(read_settings(os.environ))
