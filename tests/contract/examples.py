"""For each operation, one call that is right, on things made for it."""

from .world import ACCOUNT, Call


def of(name, world):
    return globals()[f"call_{name}"](world)


def has(name):
    return f"call_{name}" in globals()


def call_health(_world):
    return Call(credential=None)


def call_auth_status(_world):
    return Call()


def call_register(_world):
    return Call(body=ACCOUNT, credential=None)


def call_login(_world):
    return Call(body=ACCOUNT, credential=None)


def call_current_user(_world):
    return Call()


def call_logout(world):
    return Call(credential={"Authorization": f"Bearer {world.another_token()}"})


def call_list_api_keys(world):
    world.api_key()
    return Call()


def call_create_api_key(_world):
    return Call(body={"name": "laptop"})


def call_delete_api_key(world):
    return Call(path={"keyId": world.api_key()["id"]})


def call_toggle_api_key(world):
    return Call(path={"keyId": world.api_key()["id"]}, body={"is_active": False})


def call_list_projects(world):
    world.session()
    return Call()


def call_quick_start(world):
    return Call(body={"path": str(world.folder())})


def call_rename_project(world):
    return Call(path={"projectName": world.project()}, body={"displayName": "The garden"})


def call_delete_project(world):
    return Call(path={"projectName": world.project()})


def call_list_sessions(world):
    return Call(path={"projectName": world.session()[0]})


def call_delete_session(world):
    project, session = world.session()
    return Call(path={"projectName": project, "sessionId": session})


def call_rename_session(world):
    return Call(path={"sessionId": world.session()[1]}, body={"title": "On zebras"})


def call_list_messages(world):
    project, session = world.session()
    return Call(path={"sessionId": session}, query={"projectName": project, "limit": 10, "offset": 0})


def call_search_conversations(world):
    world.session()
    return Call(query={"q": "zebras", "provider": "claude", "limit": 5})


def call_list_files(world):
    return Call(path={"projectName": world.project()}, query={"path": "docs"})


def call_delete_file(world):
    return Call(path={"projectName": world.project()}, body={"path": "docs", "type": "directory"})


def call_read_file(world):
    return Call(path={"projectName": world.project()}, query={"path": "docs/read me.md"})


def call_write_file(world):
    return Call(path={"projectName": world.project()}, body={"path": "a.txt", "content": "three\n"})


def call_create_file(world):
    return Call(path={"projectName": world.project()}, body={"path": "beds/roses.txt", "type": "file", "content": "red\n"})


def call_rename_file(world):
    return Call(path={"projectName": world.project()}, body={"oldPath": "a.txt", "newPath": "docs/b.txt"})


def call_browse_filesystem(world):
    return Call(query={"path": str(world.folder())})


def call_git_status(world):
    return Call(query={"project": world.project()})


def call_git_diff(world):
    return Call(query={"project": world.project(), "file": "a.txt", "staged": "false"})


def call_git_branches(world):
    return Call(query={"project": world.published()})


def call_git_commit(world):
    return Call(body={"project": world.project(), "message": "Two", "files": ["a.txt"]})


def call_git_push(world):
    return Call(body={"project": world.published(), "remote": "origin", "branch": "main", "force": False})


def call_git_pull(world):
    return Call(body={"project": world.published()})


def call_git_checkout(world):
    return Call(body={"project": world.published(), "branch": "other"})


def call_read_notification_preferences(_world):
    return Call()


def call_write_notification_preferences(_world):
    channels = {"inApp": True, "webPush": False}
    return Call(body={"channels": channels, "events": {"actionRequired": True, "stop": False, "error": True}})
