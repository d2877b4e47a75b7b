"""An automatic accessibility check of pages: axe in headless Chromium.

    npm install --prefix /tmp/axe axe-core
    python -m tools.accessibility /tmp/axe/node_modules/axe-core/axe.min.js report.html two-logs.html

Ends with 1 where axe finds a violation, in light or in dark, as the page opens or with all its folded parts open, and
names each with the elements.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCHEMES = {"light": 1, "dark": 0}
"""Chromium's numbers for the preferred colour scheme."""
FOLDS = {"as it opens": "", "unfolded": "document.querySelectorAll('details').forEach(each => { each.open = true; });"}
"""What is done to the page first: axe passes over what is folded."""
_RUN = """
axe.run().then(found => {
  const said = document.createElement("pre"); said.id = "axe-found";
  said.textContent = JSON.stringify(found.violations.map(
    each => ({id: each.id, help: each.help, nodes: each.nodes.map(node => node.html.slice(0, 160))})));
  document.body.appendChild(said);
});
"""


def browser() -> str:
    """The headless browser.

    Raises:
        SystemExit: there is none.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or sys.exit("Chromium is missing: apt-get install chromium")


def violations(page: Path, axe: Path, scheme: str, fold: str) -> list[dict[str, Any]]:
    """What axe finds on a page in a colour scheme, folded or not."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "page.html")
        script = f"<script>{axe.read_text(encoding='utf-8')}</script><script>{FOLDS[fold]}{_RUN}</script></body>"
        copy.write_text(page.read_text(encoding="utf-8").replace("</body>", script), encoding="utf-8")
        options = [f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"--user-data-dir={folder}/profile"]
        options += ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom"]
        done = subprocess.run([browser(), *options, f"file://{copy}"], capture_output=True, text=True, timeout=300)
    found = re.search(r'<pre id="axe-found">(.*?)</pre>', done.stdout, re.DOTALL)
    if not found:
        sys.exit(f"{page}: axe said nothing: {done.stderr[-500:]}")
    return json.loads(unescape(found[1]))


def main(axe: str, *pages: str) -> int:
    """Checks the pages; how many violations there are."""
    count = 0
    for page in pages:
        for scheme, fold in product(SCHEMES, FOLDS):
            for each in violations(Path(page), Path(axe), scheme, fold):
                count += 1
                print(f"{page} ({scheme}, {fold}): {each['id']}: {each['help']}")
                print("".join(f"    {node}\n" for node in each["nodes"][:5]), end="")
    print(f"{len(pages)} pages, {count} violations")
    return count


if __name__ == "__main__":
    sys.exit(min(1, main(*sys.argv[1:])))
