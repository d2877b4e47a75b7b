#!/usr/bin/env bash
# Screenshots of a report's page by headless Chromium: desktop, phone, dark, and the first printed page.
#   lbt report logs/demo --html report.html && bash docs/screenshots/take.sh report.html docs/screenshots
set -euo pipefail
page=$(realpath "${1:?the page, as lbt report --html wrote it}") out=${2:-$(dirname "$0")}
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "Chromium is missing: apt-get install chromium" >&2; exit 1; }
mkdir -p "$out"
chromium() { # options...
  profile=$(mktemp -d)
  "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$profile" --hide-scrollbars "$@" >/dev/null 2>&1
  rm -rf "$profile"
}
shoot() { # name, width, height, page, further options...
  chromium --window-size="$2,$3" --screenshot="$out/$1.png" "${@:5}" "file://$4"
  echo "$out/$1.png"
}
shoot report-desktop 1280 2400 "$page"
shoot report-phone 500 3600 "$page"
shoot report-dark 1280 1500 "$page" --blink-settings=preferredColorScheme=0
if command -v pdftoppm >/dev/null; then
  printed=$(mktemp -d)
  chromium --print-to-pdf="$printed/page.pdf" --no-pdf-header-footer "file://$page"
  pdftoppm -r 70 -png -f 1 -l 1 -singlefile "$printed/page.pdf" "$out/report-print"
  rm -rf "$printed"
  echo "$out/report-print.png"
fi
if grep -q 'id="curves"' "$page"; then # by themselves: a screenshot begins at the top of its page
  curves=$(mktemp --suffix .html)
  sed 's#</style>#header, section { display: none }</style>#' "$page" > "$curves"
  shoot report-curves 1280 1150 "$curves"
  rm "$curves"
fi
