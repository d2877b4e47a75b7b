#!/usr/bin/env bash
# Screenshots of a report's page at desktop and phone widths, by headless Chromium.
#   lbt report logs/demo --html report.html && bash docs/screenshots/take.sh report.html docs/screenshots
set -euo pipefail
page=$(realpath "${1:?the page, as lbt report --html wrote it}") out=${2:-$(dirname "$0")}
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "Chromium is missing: apt-get install chromium" >&2; exit 1; }
mkdir -p "$out"
shoot() { # name, width, height, page
  profile=$(mktemp -d)
  "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$profile" --hide-scrollbars \
    --window-size="$2,$3" --screenshot="$out/$1.png" "file://${4:-$page}" >/dev/null 2>&1
  rm -rf "$profile"
  echo "$out/$1.png"
}
shoot report-desktop 1280 2400
shoot report-phone 500 3600
if grep -q 'id="curves"' "$page"; then # by themselves: a screenshot begins at the top of its page
  curves=$(mktemp --suffix .html)
  sed 's#</style>#header, section { display: none }</style>#' "$page" > "$curves"
  shoot report-curves 1280 1150 "$curves"
  rm "$curves"
fi
