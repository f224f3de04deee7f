"""A small OpenID provider that signs what a test tells it to, true or false."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET, KID = "tidewaiter", "the client's secret", "key-1"


class Issuer:
    """`claims` are added to each ID token, or, if None, taken out; `key`, `algorithm`, `headers` say
    how it is signed. `verifiers`: code → PKCE challenge, kept when the browser was sent here."""

    def __init__(self) -> None:
        self.keys = {KID: rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.subject, self.claims, self.headers = "subject-1", {}, {"kid": KID}
        self.algorithm, self.key = "RS256", self.keys[KID]
        self.calls_itself, self.asked, self.spent = self.url, {}, set()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def send_back(self, location: str, *, code: str = "", **changed: str) -> dict[str, str]:
        """What the browser brings back from the address it was sent to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = code or f"code-{len(self.asked)}"
        self.asked[code] = query
        return {"code": code, "state": query["state"]} | changed

    def token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 60,
            "nonce": asked["nonce"],
        } | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=self.headers)

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.calls_itself,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "end_session_endpoint": f"{self.url}/end",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            made = jwt.algorithms.RSAAlgorithm.to_jwk(self.keys[KID].public_key(), as_dict=True)
            return 200, {"keys": [{**made, "kid": KID, "use": "sig", "alg": "RS256"}]}
        return self._exchanged(form)

    def _exchanged(self, form: dict[str, str]) -> tuple[int, dict]:
        asked = self.asked.get(form.get("code", ""))
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        wrong = (
            asked is None
            or form["code"] in self.spent
            or form.get("client_secret") != SECRET
            or challenge != asked.get("code_challenge")
        )
        if wrong:
            return 400, {"error": "invalid_grant"}
        self.spent.add(form["code"])
        told = {"access_token": "access", "token_type": "Bearer", "id_token": self.token(asked)}
        return 200, told


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._say({name: values[0] for name, values in parse_qs(body).items()})

        def _say(self, form: dict[str, str]) -> None:
            status, told = issuer.answer(urlsplit(self.path).path, form)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
