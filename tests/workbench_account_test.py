"""Signing in at the workbench door, keys, tickets and what belongs to an account, from outside."""

import base64
import hashlib
import hmac
import json
import os
import stat
import time
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from pix_server import Server

ADA = {"username": "Ada", "password": "correct horse"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def ask(server, method, target, **options):
    return server.request(method, target, door="workbench", **options)


def sign_up(server):
    reply = ask(server, "POST", "/api/auth/register", json_body=ADA)
    assert reply.status == 200, reply.text
    return reply.json()["token"]


def log_in(server, **changes):
    return ask(server, "POST", "/api/auth/login", json_body={**ADA, **changes})


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def cookie(token):
    return {"Cookie": f"token={token}"}


def code_of(reply):
    body = reply.json()
    assert body["success"] is False and body["error"]["message"]
    return body["error"]["code"]


def set_cookie(reply):
    return SimpleCookie(reply.header("Set-Cookie"))["token"]


def make_key(server, token, name="laptop"):
    reply = ask(server, "POST", "/api/settings/api-keys", json_body={"name": name}, headers=bearer(token))
    assert reply.status == 201, reply.text
    return reply.json()


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def forged(secret, claims, header=None):
    text = f"{part(header or {'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    return f"{text}.{part(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("account"))
    server.start()
    server.token = sign_up(server)
    yield server
    server.kill()


# --- the account ----------------------------------------------------------------------------------------------------


def test_the_first_account_is_made_once(make_server):
    server = make_server().start()
    assert ask(server, "GET", "/api/auth/status").json() == {"success": True, "needsSetup": True, "isAuthenticated": False}
    for body in ({}, {"username": "Ada"}, {"username": "Ad", "password": "secret7"}, {"username": "Ada", "password": "12345"},
                 {"username": 5, "password": "secret7"}):  # fmt: skip
        assert ask(server, "POST", "/api/auth/register", json_body=body).status == 400, body
    reply = ask(server, "POST", "/api/auth/register", json_body={**ADA, "username": "  Ada  "})
    assert reply.status == 200 and reply.json()["success"] is True
    assert reply.json()["user"]["username"] == "Ada"
    token = reply.json()["token"]
    assert set_cookie(reply).value == token
    status = ask(server, "GET", "/api/auth/status", headers=cookie(token)).json()
    assert (status["needsSetup"], status["isAuthenticated"], status["user"]["username"]) == (False, True, "Ada")
    for raw in (b"", b"{", json.dumps(ADA).encode()):
        again = ask(server, "POST", "/api/auth/register", body=raw, headers={"Content-Type": "application/json"})
        assert again.status == 403 and code_of(again) == "SETUP_COMPLETE"


def test_the_first_account_is_not_for_whoever_comes_through_a_tunnel(make_server):
    server = make_server().start()
    reply = ask(server, "POST", "/api/auth/register", json_body=ADA, headers={"X-Forwarded-For": "203.0.113.7"})
    assert reply.status == 403 and code_of(reply) == "SETUP_CODE_REQUIRED"
    code = server.log().rpartition("needs the code ")[2].split()[0]
    reply = ask(server, "POST", "/api/auth/register", json_body={**ADA, "setupCode": code}, headers={"X-Forwarded-For": "203.0.113.7"})
    assert reply.status == 200, reply.text


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(server):
    reply = log_in(server, username="aDA")
    assert reply.status == 200
    made = set_cookie(reply)
    assert made["httponly"] and made["samesite"] == "Lax" and made["path"] == "/" and not made["secure"]
    assert int(made["max-age"]) == 7 * 24 * 3600
    body = json.loads(base64.urlsafe_b64decode(made.value.split(".")[1] + "=="))
    assert set(body) == {"userId", "username", "iat", "exp", "jti"}
    assert isinstance(body["userId"], int) and body["exp"] - body["iat"] == 7 * 24 * 3600
    user = ask(server, "GET", "/api/auth/user", headers=cookie(made.value)).json()["user"]
    assert user["username"] == "Ada" and user["created_at"].endswith("Z") and user["last_login"].endswith("Z")


def test_a_wrong_name_and_a_wrong_password_look_alike(make_server):
    server = make_server().start()
    sign_up(server)
    wrong_name = log_in(server, username="nobody")
    wrong_password = log_in(server, password="wrong")
    assert wrong_name.status == wrong_password.status == 401
    assert wrong_name.json() == wrong_password.json()
    assert log_in(server, password="").status == 400
    assert ask(server, "POST", "/api/auth/login", json_body={"username": "Ada"}).status == 400


def test_a_wrong_name_costs_as_much_work_as_a_wrong_password(make_server):
    server = make_server(environment={"TRUST_PROXY_HOPS": "1"}).start()
    sign_up(server)

    def work():
        fields = Path(f"/proc/{server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def spent(name, network):
        before = work()
        for number in range(8):
            reply = ask(server, "POST", "/api/auth/login", json_body={"username": name(number), "password": "wrong"},
                        headers={"X-Forwarded-For": f"{network}.{number}"})  # fmt: skip
            assert reply.status in (401, 429)
            assert reply.status == 401 or number >= 5
        return work() - before

    names = spent(lambda number: f"nobody{number % 5}", "198.51.100") + spent(lambda number: f"noone{number}", "203.0.113")
    passwords = spent(lambda number: "Ada", "192.0.2")
    # Hashing is nearly all of it: 13 or more hashes there, 5 here.
    assert passwords > 0 and names > passwords, (names, passwords)


def test_the_sixth_failure_waits_and_strangers_do_not_lock_the_owner_out(make_server):
    server = make_server(environment={"TRUST_PROXY_HOPS": "1"}).start()
    token = sign_up(server)

    def attempt(address, password="wrong"):
        return ask(server, "POST", "/api/auth/login", json_body={**ADA, "password": password}, headers={"X-Forwarded-For": address})

    assert [attempt(f"198.51.100.{number}").status for number in range(6)] == [401] * 5 + [429]
    refused = attempt("198.51.100.9", ADA["password"])
    assert refused.status == 429 and 0 < int(refused.header("Retry-After")) <= 900
    assert log_in(server).status == 200
    assert ask(server, "GET", "/api/auth/user", headers=bearer(token)).status == 200


def test_signing_out_ends_the_token_and_the_cookie(server):
    token = log_in(server).json()["token"]
    reply = ask(server, "POST", "/api/auth/logout", headers=cookie(token))
    assert reply.status == 200 and reply.json()["success"] is True
    assert set_cookie(reply).value == "" and set_cookie(reply)["max-age"] == "0"
    again = ask(server, "GET", "/api/auth/user", headers=bearer(token))
    assert again.status == 403 and code_of(again) == "INVALID_TOKEN"


def test_signing_out_everywhere_ends_every_token_but_no_key(make_server):
    server = make_server().start()
    first = sign_up(server)
    second = log_in(server).json()["token"]
    key = make_key(server, first)["api_key"]
    logins = ask(server, "GET", "/api/auth/logins", headers=bearer(first)).json()
    assert [login["isCurrent"] for login in logins] == [False, True]
    assert ask(server, "POST", "/api/auth/logout-all", headers=bearer(second)).status == 200
    for token in (first, second):
        assert ask(server, "GET", "/api/auth/user", headers=bearer(token)).status == 403
    assert ask(server, "GET", "/api/auth/user", headers=bearer(key)).status == 200
    third = log_in(server).json()["token"]
    server.stop()
    server.start()
    assert ask(server, "GET", "/api/auth/user", headers=bearer(third)).status == 200
    assert ask(server, "GET", "/api/auth/user", headers=bearer(first)).status == 403


def test_one_login_can_be_ended_from_another(server):
    token = log_in(server).json()["token"]
    lost = log_in(server).json()["token"]
    logins = ask(server, "GET", "/api/auth/logins", headers=bearer(lost)).json()
    own = next(login["id"] for login in logins if login["isCurrent"])
    assert ask(server, "DELETE", f"/api/auth/logins/{own}", headers=bearer(token)).status == 200
    assert ask(server, "DELETE", f"/api/auth/logins/{own}", headers=bearer(token)).status == 404
    assert ask(server, "GET", "/api/auth/user", headers=bearer(lost)).status == 403


def test_the_secrets_of_a_home_are_its_owners(server):
    for name in ("jwt.key", "secret.key"):
        assert stat.S_IMODE(os.stat(server.home / name).st_mode) == 0o600


# --- credentials ----------------------------------------------------------------------------------------------------


def test_forged_and_altered_tokens_are_refused(make_server):
    secret = "a secret that only the test knows"
    server = make_server(environment={"JWT_SECRET": secret}).start()
    token = sign_up(server)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    good = {**claims, "jti": "made.elsewhere"}
    now = int(time.time())

    def status(text):
        return ask(server, "GET", "/api/auth/user", headers=bearer(text)).status

    assert status(forged(secret, good)) == 200
    assert status(forged(secret, {**good, "exp": now - 1})) == 403
    assert status(forged("another secret, just as long!", good)) == 403
    assert status(forged(secret, {**good, "userId": 99})) == 401
    for header in ({"alg": "none"}, {"alg": "HS512"}, {"alg": "RS256"}, {"alg": "HS256", "crit": ["exp"]}, {"typ": "JWT"}):
        assert status(forged(secret, good, header)) == 403, header
    assert status(f"{part({'alg': 'none'})}.{part(good)}.") == 403
    assert status(token[:-4] + "AAAA") == 403


def test_a_cookie_changes_nothing_for_another_site(server):
    token = log_in(server).json()["token"]

    def status(origin=None, **headers):
        headers = {**cookie(token), **headers, **({"Origin": origin} if origin else {})}
        return ask(server, "POST", "/api/user/complete-onboarding", headers=headers)

    own = server.doors["workbench"]
    assert status().status == 200
    assert status(own).status == 200
    for refused in (status("https://evil.example"), status("null"), status(**{"Sec-Fetch-Site": "cross-site"})):
        assert refused.status == 403 and code_of(refused) == "ORIGIN_REJECTED"
    assert ask(server, "GET", "/api/auth/user", headers={**cookie(token), "Origin": "https://evil.example"}).status == 200
    assert ask(server, "POST", "/api/user/complete-onboarding", headers={**bearer(token), "Origin": "https://evil.example"}).status == 200


def test_a_browser_that_opens_a_page_is_led_to_the_form(server):
    reply = ask(server, "GET", "/runs?state=failed", headers=BROWSER)
    assert reply.status == 303 and reply.header("Location") == "/login?next=%2Fruns%3Fstate%3Dfailed"
    assert ask(server, "GET", "/runs", headers={**BROWSER, **cookie("stale")}).status == 303
    assert ask(server, "GET", "/api/auth/user", headers=BROWSER).status == 401
    assert ask(server, "GET", "/runs").status == 401


def test_keys_are_shown_once_and_end_at_once(server):
    made = make_key(server, server.token, "ci")
    key = made["api_key"]
    assert len(key) == 35 and key.startswith("px_") and made["is_active"] is True and made["last_used"] is None
    assert ask(server, "GET", "/api/auth/user", headers={"X-API-Key": key}).status == 200
    listed = next(one for one in ask(server, "GET", "/api/settings/api-keys", headers=bearer(server.token)).json() if one["id"] == made["id"])
    assert listed["api_key"] == key[:10] + "..." and listed["key_name"] == "ci" and listed["last_used"]
    place = f"/api/settings/api-keys/{made['id']}"
    for body, wanted in (({"is_active": False}, 401), ({"isActive": True}, 200)):
        assert ask(server, "PATCH", place + "/toggle", json_body=body, headers=bearer(server.token)).status == 200
        assert ask(server, "GET", "/api/auth/user", headers=bearer(key)).status == wanted
    assert ask(server, "PATCH", place + "/toggle", json_body={"is_active": "yes"}, headers=bearer(server.token)).status == 400
    assert ask(server, "DELETE", place, headers=bearer(server.token)).status == 200
    assert ask(server, "DELETE", place, headers=bearer(server.token)).status == 404
    assert ask(server, "DELETE", "/api/settings/api-keys/one", headers=bearer(server.token)).status == 400
    assert ask(server, "GET", "/api/auth/user", headers=bearer(key)).status == 401
    for body in ({}, {"name": ""}, {"name": "  "}, {"name": 5}, {"name": "x" * 300}):
        assert ask(server, "POST", "/api/settings/api-keys", json_body=body, headers=bearer(server.token)).status == 400, body
    assert ask(server, "POST", "/api/settings/api-keys", json_body={"keyName": "old"}, headers=bearer(server.token)).json()["key_name"] == "old"


def test_nothing_secret_is_in_the_database_or_the_log(make_server):
    server = make_server().start()
    token = sign_up(server)
    key = make_key(server, token)["api_key"]
    ask(server, "POST", "/api/settings/credentials", headers=bearer(token),
        json_body={"credentialName": "hub", "credentialType": "github_token", "credentialValue": "ghp_very_secret"})  # fmt: skip
    ask(server, "GET", f"/api/auth/user?token={token}&apiKey={key}", headers={"Accept": "text/event-stream"})
    server.stop()
    for file in [*server.home.rglob("*"), server.folder / "log"]:
        if file.is_file():
            content = file.read_bytes()
            for secret in (ADA["password"], key[10:], "ghp_very_secret", token):
                assert secret.encode() not in content, (file, secret)


def test_a_ticket_opens_one_stream(server):
    token = log_in(server).json()["token"]
    made = ask(server, "POST", "/api/auth/stream-ticket", json_body={"path": "/live", "transport": "ws"}, headers=bearer(token))
    assert made.status == 200 and made.json()["transport"] == "ws" and len(made.json()["ticket"]) == 43
    place = f"/live?streamTicket={made.json()['ticket']}"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    connection = server.connection("workbench")
    connection.request("GET", place, headers=upgrade)
    assert connection.getresponse().status == 101
    connection.close()
    assert ask(server, "GET", place, headers=upgrade).status == 401
    for body in ({}, {"path": "/live"}, {"path": "live", "transport": "ws"}, {"path": "/live", "transport": "http"},
                 {"path": "/live", "transport": "ws", "ttlSeconds": 1}):  # fmt: skip
        assert ask(server, "POST", "/api/auth/stream-ticket", json_body=body, headers=bearer(token)).status == 400, body


def test_signing_out_ends_open_sockets(server):
    token = log_in(server).json()["token"]
    upgrade = (
        "GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: token={token}\r\n\r\n"
    )
    with server.raw("workbench") as connection:
        connection.sendall(upgrade.encode())
        received = connection.recv(4096)
        assert received.startswith(b"HTTP/1.1 101")
        ask(server, "POST", "/api/auth/logout", headers=bearer(token))
        while b"\x88" not in received:
            more = connection.recv(4096)
            if not more:
                break
            received = more
        assert b"\x88" in received and (1008).to_bytes(2, "big") in received


def test_a_token_is_refreshed_on_request(server):
    token = log_in(server).json()["token"]
    reply = ask(server, "POST", "/api/auth/refresh", headers=bearer(token))
    fresh = reply.json()["token"]
    assert reply.status == 200 and fresh != token
    assert ask(server, "GET", "/api/auth/user", headers=bearer(fresh)).status == 200
    key = make_key(server, server.token)["api_key"]
    assert ask(server, "POST", "/api/auth/refresh", headers=bearer(key)).status == 403


def test_a_gate_key_stands_in_front_of_the_api(make_server):
    server = make_server(environment={"API_KEY": "the gate"}).start()
    token = sign_up(server)
    assert ask(server, "GET", "/api/auth/user", headers=bearer(token)).status == 401
    assert ask(server, "GET", "/api/auth/user", headers={**bearer(token), "X-API-Key": "the gate"}).status == 200
    assert ask(server, "GET", "/api/auth/status").status == 200


@pytest.mark.parametrize("environment", [{"JWT_SECRET": "short"}, {"VITE_IS_PLATFORM": "true"}, {"CORS_ORIGINS": "*"}, {"JWT_EXPIRY": "soon"}])
def test_a_setting_that_would_open_the_door_stops_the_start(make_server, environment):
    server = make_server(environment=environment)
    done = server.run_command("serve")
    assert done.returncode != 0
    assert next(iter(environment)) in done.stderr + done.stdout


# --- settings -------------------------------------------------------------------------------------------------------


def test_notification_preferences_change_field_by_field(make_server):
    server = make_server().start()
    head = bearer(sign_up(server))
    place = "/api/settings/notification-preferences"
    defaults = {"channels": {"inApp": False, "webPush": False}, "events": {"actionRequired": True, "stop": True, "error": True}}
    assert ask(server, "GET", place, headers=head).json()["preferences"] == defaults
    for body in ({"preferences": {"channels": {"inApp": True, "pigeon": True}}}, {"events": {"stop": False}, "other": 5}):
        assert ask(server, "PUT", place, json_body=body, headers=head).status == 200
    wanted = {"channels": {"inApp": True, "webPush": False}, "events": {"actionRequired": True, "stop": False, "error": True}}
    assert ask(server, "GET", place, headers=head).json()["preferences"] == wanted
    for body in ({"channels": {"inApp": "yes"}}, {"channels": 5}, {"preferences": []}, [], "text"):
        assert ask(server, "PUT", place, json_body=body, headers=head).status == 400, body
    assert ask(server, "GET", place, headers=head).json()["preferences"] == wanted
    kinds = ask(server, "GET", "/api/settings/notification-taxonomy", headers=head).json()
    assert {kind["eventType"]: kind["preferenceKey"] for kind in kinds}["approval.needed"] == "actionRequired"


def test_stored_credentials_never_come_back(server):
    head = bearer(server.token)
    place = "/api/settings/credentials"
    body = {"credentialName": "hub", "credentialType": "github_token", "credentialValue": "ghp_0", "description": "for clones"}
    made = ask(server, "POST", place, json_body=body, headers=head)
    assert made.status == 201 and "ghp_0" not in made.text
    number = made.json()["credential"]["id"]
    listed = ask(server, "GET", place + "?type=github_token", headers=head)
    assert [one["credential_name"] for one in listed.json()["credentials"]] == ["hub"] and "ghp_0" not in listed.text
    assert listed.json()["credentials"][0]["host"] == "github.com"
    assert ask(server, "GET", place + "?type=other", headers=head).json()["credentials"] == []
    assert ask(server, "PATCH", f"{place}/{number}/toggle", json_body={"isActive": False}, headers=head).status == 200
    assert ask(server, "GET", place, headers=head).json()["credentials"][0]["is_active"] is False
    for change in ({"credentialName": ""}, {"credentialType": "Git Hub"}, {"credentialValue": ""}, {"credentialValue": "a\nb"},
                   {"host": "evil.example/x"}, {"credentialName": None}):  # fmt: skip
        assert ask(server, "POST", place, json_body={**body, **change}, headers=head).status == 400, change
    assert ask(server, "DELETE", f"{place}/{number}", headers=head).status == 200
    assert ask(server, "DELETE", f"{place}/{number}", headers=head).status == 404
    assert ask(server, "PATCH", f"{place}/{number}/toggle", json_body={"isActive": True}, headers=head).status == 404


def test_onboarding_language_and_look_are_kept_by_the_account(make_server):
    server = make_server().start()
    head = bearer(sign_up(server))

    def get(target):
        return ask(server, "GET", target, headers=head).json()

    assert get("/api/user/onboarding-status")["hasCompletedOnboarding"] is False
    assert ask(server, "POST", "/api/user/complete-onboarding", headers=head).status == 200
    assert get("/api/settings/language")["language"] == "en" and "tr" in get("/api/settings/language")["languages"]
    assert ask(server, "PUT", "/api/settings/language", json_body={"language": "tr-TR"}, headers=head).json() == {"language": "tr"}
    assert ask(server, "PUT", "/api/settings/language", json_body={"language": "tlh"}, headers=head).status == 400
    assert get("/api/settings/appearance") == {"theme": "system", "accent": "indigo", "density": "comfortable"}
    assert ask(server, "PUT", "/api/settings/appearance", json_body={"theme": "dark"}, headers=head).status == 200
    assert ask(server, "PUT", "/api/settings/appearance", json_body={"theme": "neon"}, headers=head).status == 400
    assert get("/api/settings/server-env") == {"platform": "linux"}
    server.stop()
    server.start()
    assert get("/api/user/onboarding-status")["hasCompletedOnboarding"] is True
    assert get("/api/settings/language")["language"] == "tr"
    assert get("/api/settings/appearance")["theme"] == "dark"


def test_the_profile_and_the_password_change(make_server):
    server = make_server().start()
    token = sign_up(server)
    head = bearer(token)
    reply = ask(server, "PUT", "/api/user/profile", json_body={"username": "Augusta", "email": "ada@example.org"}, headers=head)
    assert reply.status == 200 and ask(server, "GET", "/api/user/profile", headers=head).json()["email"] == "ada@example.org"
    for body in ({"username": "x"}, {"email": "nobody"}, {"email": 5}):
        assert ask(server, "PUT", "/api/user/profile", json_body=body, headers=head).status == 400
    change = {"currentPassword": ADA["password"], "newPassword": "another horse"}
    assert ask(server, "POST", "/api/user/password", json_body={**change, "currentPassword": "wrong"}, headers=head).status == 403
    assert ask(server, "POST", "/api/user/password", json_body={**change, "newPassword": "short"}, headers=head).status == 400
    assert ask(server, "POST", "/api/user/password", json_body=change, headers=head).status == 200
    assert ask(server, "GET", "/api/auth/user", headers=head).status == 403
    assert log_in(server, username="Augusta").status == 401
    assert log_in(server, username="Augusta", password="another horse").status == 200
