"""Homeroom's error pages, because Superset's fetch fonts from another host."""

from __future__ import annotations

from html import escape

from flask import Response

TITLES = {404: "Page not found", 500: "Something went wrong"}


def page(title: str, text: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width"><title>'
        f'{escape(title)}</title></head><body style="font-family:system-ui,sans-serif;margin:4rem auto;'
        f'max-width:32rem;padding:0 1rem"><h1>{escape(title)}</h1><p>{escape(text)}</p></body></html>'
    )


def plain_error_page(response: Response) -> Response:
    title = TITLES.get(response.status_code)
    if title is None or response.mimetype != "text/html":
        return response
    response.direct_passthrough = False
    response.set_data(
        page(title, "Go back and try again. If it stays, tell the people who run this service.")
    )
    return response
