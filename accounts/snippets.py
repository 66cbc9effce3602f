"""Code that talks to this installation, ready to paste. Pure; no Django."""

from __future__ import annotations

from dataclasses import dataclass

KEY_TO_REPLACE = "YOUR_API_KEY"


@dataclass(frozen=True)
class Snippet:
    """A piece of code in one language; `id` is unique in a page."""

    id: str
    language: str
    label: str
    code: str


def snippets(base_url: str, api_key: str) -> list[Snippet]:
    """Return curl, Python and JavaScript that post two messages of a conversation with a key.

    Each keeps the ids for the conversation, not for the process: pasted into a backend, it must not
    make one session of all that users say.
    """
    url = f"{base_url}/track"
    return [
        Snippet(
            language.lower(),
            language,
            label,
            template.replace("TRACK_URL", url).replace("API_KEY", api_key),
        )
        for language, label, template in (
            ("curl", "The second message is sent with the ids answered to the first", _CURL),
            ("Python", "pip install requests", _PYTHON),
            ("JavaScript", "Node 18 or later", _JAVASCRIPT),
        )
    ]


def reading_snippets(base_url: str, api_key: str) -> list[Snippet]:
    """Return a curl command that reads the topics of the last 30 days."""
    url = f"{base_url}/api/v1/topics?days=30"
    code = f"curl -sS --fail-with-body '{url}' \\\n  -H 'X-API-Key: {api_key}'\n"
    return [Snippet("curl", "curl", "The topics of the last 30 days", code)]


# No comments in it: zsh does not take them where people paste.
_CURL = """\
track() {
  curl -sS --fail-with-body TRACK_URL -H 'X-API-Key: API_KEY' \\
    -H 'Content-Type: application/json' -d "$1"
}

answer=$(track '{"name": "user_prompt",
  "metadata": {"prompt": "How do I reset my password?", "platform": "ios"}}')
ids=${answer#"{"}

track '{"name": "user_prompt",
  "metadata": {"prompt": "It says my account is locked", "platform": "ios"}, '"$ids"
"""

_PYTHON = """\
import requests

URL, KEY = "TRACK_URL", "API_KEY"

def track(prompt, ids=None, **fields):
    event = {"name": "user_prompt", "metadata": {"prompt": prompt, **fields}, **(ids or {})}
    answer = requests.post(URL, json=event, headers={"X-API-Key": KEY}, timeout=10)
    if not answer.ok:
        raise RuntimeError(answer.text)  # why it was refused, and what to do
    return answer.json()  # the conversation's ids: send them with its next message

ids = track("How do I reset my password?", platform="ios")
track("It says my account is locked", ids, platform="ios")
"""

_JAVASCRIPT = """\
// From your backend, never from a browser: the key is a secret.
const KEY = "API_KEY";
const headers = { "X-API-Key": KEY, "Content-Type": "application/json" };

async function track(prompt, fields = {}, ids = {}) {
  const event = { name: "user_prompt", metadata: { prompt, ...fields }, ...ids };
  const body = JSON.stringify(event);
  const answer = await fetch("TRACK_URL", { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json(); // the conversation's ids: send them with its next message
}

const ids = await track("How do I reset my password?", { platform: "ios" });
await track("It says my account is locked", { platform: "ios" }, ids);
"""
