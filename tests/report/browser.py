"""A headless Chromium, driven by the WebDriver protocol: Debian's chromium and chromium-driver."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
MISSING = "needs Debian's packages chromium and chromium-driver"

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1280,900",
)  # fmt: skip
# Whatever is not this machine itself is nowhere.
_OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_KEYS = {"Tab": "\ue004", "Enter": "\ue007", "ArrowUp": "\ue013", "ArrowDown": "\ue015",
         "ArrowRight": "\ue014", "Delete": "\ue017", "Escape": "\ue00c"}  # fmt: skip
_SHIFT = "\ue008"


class Browser:
    """One window."""

    def __init__(self, base: str) -> None:
        self._base = base

    def open(self, url: str) -> None:
        self._ask("url", {"url": url})

    def run(self, script: str, *arguments: object) -> Any:
        """The value that a script returns."""
        return self._ask("execute/sync", {"script": script, "args": list(arguments)})

    def until(self, script: str, *arguments: object, seconds: float = 20) -> Any:
        """What a script returns as soon as that is true."""
        end = time.monotonic() + seconds
        while not (found := self.run(script, *arguments)):
            assert time.monotonic() < end, f"not within {seconds} s: {script}"
            time.sleep(0.05)
        return found

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def texts(self, selector: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
        return list(self.run(script, selector))

    def click(self, selector: str) -> None:
        """Click in the middle of an element, out of reach of what sticks to the window's edges."""
        middle = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })"
        self.run(middle, selector)
        self._ask(f"element/{self._element(selector)}/click", {})

    def write(self, selector: str, text: str) -> None:
        """Type into a field in place of what it has."""
        element = self._element(selector)
        self._ask(f"element/{element}/clear", {})
        self._ask(f"element/{element}/value", {"text": text})

    def press(self, key: str, shift: bool = False) -> None:
        """Press a key where the focus is."""
        around = [{"type": "keyDown", "value": _SHIFT}], [{"type": "keyUp", "value": _SHIFT}]
        pressed = [{"type": kind, "value": _KEYS[key]} for kind in ("keyDown", "keyUp")]
        actions = [*around[0], *pressed, *around[1]] if shift else pressed
        self._ask("actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def drag(self, x: float, top: float, bottom: float) -> None:
        """Drag the pointer along a vertical line of the window."""
        actions = [
            {"type": "pointerMove", "x": round(x), "y": round(top)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerMove", "x": round(x), "y": round(bottom), "duration": 50},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": actions}
        self._ask("actions", {"actions": [mouse]})

    def hover(self, x: float, y: float) -> None:
        move = {"type": "pointerMove", "x": round(x), "y": round(y)}
        self._ask("actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [move]}]})

    def complaints(self) -> list[str]:
        """What the console has had to say since the last time."""
        return [entry["message"] for entry in self._ask("se/log", {"type": "browser"})]

    def emulate(self, command: str, **parameters: object) -> Any:
        """A command of the DevTools protocol."""
        return self._ask("goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(self, file: Path) -> None:
        """Write all of the page as PNG."""
        width, height = self.run(
            "const root = document.documentElement; return [root.scrollWidth, root.scrollHeight]"
        )
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        taken = self.emulate("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(taken["data"]))

    def _element(self, selector: str) -> str:
        found = self._ask("element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def _ask(self, command: str, body: dict[str, object]) -> Any:
        return _posted(f"{self._base}/{command}", body)


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile in that directory; it is ended at the end."""
    driver = subprocess.Popen(
        [DRIVER or "chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        root = f"http://127.0.0.1:{_port(driver)}/session"
        options = {"binary": CHROMIUM, "args": [*_FLAGS, _OFFLINE, f"--user-data-dir={profile}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = _posted(root, {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        try:
            yield Browser(f"{root}/{session}")
        finally:
            request = urllib.request.Request(f"{root}/{session}", method="DELETE")
            urllib.request.urlopen(request, timeout=30).close()
    finally:
        driver.terminate()
        driver.communicate()


def _port(driver: subprocess.Popen[bytes]) -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        if match := re.search(rb"started successfully on port (\d+)", line):
            return int(match[1])
    raise AssertionError("chromedriver did not start")


def _posted(url: str, body: dict[str, object]) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()[:2000]) from None
