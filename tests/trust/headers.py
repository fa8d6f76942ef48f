"""T34: the headers that every answer of the whole site has, whoever asks and whatever is said."""

from typing import Any

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
POLICY = (
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'",
    "frame-ancestors 'none'", "form-action 'self'",
)  # fmt: skip
# A recording is no page: nothing in it may run, load or send. The phone's app may hear and see.
POLICIES = {
    "care:recording": ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
                       "form-action 'none'", "sandbox"),
}  # fmt: skip
PERMISSIONS = {
    "care:app": "camera=(self), microphone=(self), geolocation=(), payment=()",
}


def missing(answer: Any, name: str = "") -> list[str]:
    """Return the headers that an answer lacks, and weak words in its content policy.

    Only a page that is shown may differ by its `name`; its refusals are like all others.
    """
    page = name if answer.status_code == 200 else ""
    permissions = PERMISSIONS.get(page, HEADERS["Permissions-Policy"])
    wanted = HEADERS | {"Permissions-Policy": permissions}
    wrong = [key for key, value in wanted.items() if answer.get(key) != value]
    if "no-store" not in answer.get("Cache-Control", ""):
        wrong.append("Cache-Control")
    policy = answer.get("Content-Security-Policy", "")
    wrong += [f"no {word}" for word in POLICIES.get(page, POLICY) if word not in policy]
    wrong += [word for word in ("unsafe-", "*", "data:", "http:") if word in policy]
    return wrong
