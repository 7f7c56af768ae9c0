"""Prints every route of the running application and what it lets a guest call, as JSON."""

import json

from superset.app import create_app

from homeroom_superset.gate import endpoints

routes = [
    {
        "rule": rule.rule,
        "endpoint": rule.endpoint,
        "methods": sorted(rule.methods or ()),
        "arguments": {name: type(rule._converters[name]).__name__ for name in rule.arguments},
    }
    for rule in create_app().url_map.iter_rules()
]
print(
    json.dumps(
        {
            "routes": routes,
            "open": sorted(endpoints.OPEN),
            "guest": sorted(endpoints.GUEST),
            "writes": sorted(endpoints.WRITES),
        }
    )
)
