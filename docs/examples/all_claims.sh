#!/bin/sh
# Print every claim of a list as NDJSON, page by page: each page's address stands in the header Link
# of the one before.
#
#     sh all_claims.sh 'http://localhost:5000/v1/claims.ndjson?status=little_evidence' > claims.ndjson
set -eu

url=${1:-http://localhost:5000/v1/claims.ndjson}
headers=$(mktemp)
page=$(mktemp)
trap 'rm -f "$headers" "$page"' EXIT

while [ -n "$url" ]; do
  # --fail: a refusal must not pass for a page; --retry: a busy desk says when to ask again.
  curl --silent --show-error --fail --retry 5 --dump-header "$headers" --output "$page" "$url"
  cat "$page"
  url=$(sed -n 's/^link: <\([^>]*\)>; rel="next".*/\1/Ip' "$headers")
done
