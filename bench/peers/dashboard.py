"""FastAPI with a Jinja template: a page with as many tools and as many bytes as ours. Usage: dashboard.py PORT TOOLS BYTES"""

import sys

import jinja2
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

port, count, size = map(int, sys.argv[1:])
TEMPLATE = """<!doctype html><html lang="en"><head><title>{{ title }}</title></head><body><nav><ul>
{% for tool in tools %}<li class="row"><a href="/tool/{{ tool.id }}" {% if tool.active %}aria-current="page"{% endif %}>
<span class="dot" data-state="{{ tool.state }}" id="dot-{{ tool.id }}"></span><span>{{ tool.name }}</span>
<span class="mark" data-state="{{ tool.validation }}">{{ tool.validation }}</span></a><p>{{ tool.description }}</p></li>
{% endfor %}</ul></nav><main><h1>{{ title }}</h1>{{ filling }}</main></body></html>"""

template = jinja2.Environment(autoescape=True).from_string(TEMPLATE)
app = FastAPI(docs_url=None, openapi_url=None)


def tools():
    return [
        {"id": f"tool-{n}", "name": f"Tool <{n}>", "state": "dormant", "validation": "pass", "active": n == 3, "description": "x" * 40}
        for n in range(count)
    ]


bare = len(template.render(title="Dashboard", tools=tools(), filling=""))
filling = "y" * max(size - bare, 0)


@app.get("/", response_class=HTMLResponse)
async def dashboard():
    return template.render(title="Dashboard", tools=tools(), filling=filling)


uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
