"""The workbench's git routes refuse strangers, whatever they ask."""

import pytest

LOOKS = ("status", "diff", "branches", "commits", "stashes", "conflicts", "remotes")
CHANGES = ("stage", "commit", "push", "pull", "checkout", "discard", "init")


@pytest.mark.parametrize("name", LOOKS)
def test_strangers_see_no_repository(examples, name):
    reply = examples.get(f"/api/git/{name}?project=x", door="workbench", headers={"Accept": "application/json"})
    assert reply.status == 401
    assert reply.json()["success"] is False


@pytest.mark.parametrize("name", CHANGES)
def test_strangers_change_no_repository(examples, name):
    reply = examples.post(
        f"/api/git/{name}", door="workbench", json_body={"project": "x"}, headers={"Accept": "application/json"}
    )
    assert reply.status in (401, 403)
    assert reply.json()["success"] is False
