"""Homeroom's Content-Security-Policy, under which pages fetch nothing from another host."""

from __future__ import annotations

from typing import Any

from homeroom_superset.settings import Settings


def talisman(settings: Settings) -> dict[str, Any]:
    ancestors = ["'self'", *settings.embed_origins, *settings.frame_ancestors]
    return {
        "content_security_policy": {
            "default-src": ["'self'"],
            "base-uri": ["'self'"],
            "object-src": "'none'",
            "img-src": ["'self'", "blob:", "data:"],
            "worker-src": ["'self'", "blob:"],
            "connect-src": ["'self'"],
            "font-src": ["'self'", "data:"],
            "style-src": ["'self'", "'unsafe-inline'"],
            "script-src": ["'self'", "'strict-dynamic'"],
            "form-action": ["'self'"],
            "frame-src": ["'self'"],
            "frame-ancestors": list(dict.fromkeys(ancestors)),
        },
        "content_security_policy_nonce_in": ["script-src"],
        # frame-ancestors decides; the older X-Frame-Options cannot name several origins.
        "frame_options": None,
        "referrer_policy": "strict-origin",
        "force_https": False,
        "strict_transport_security": settings.cookies_need_tls,
        "session_cookie_secure": settings.cookies_need_tls,
        "session_cookie_samesite": "Lax",
    }
