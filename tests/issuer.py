"""An identity provider reduced to what it says of itself, its keys and its tokens: those that ours must refuse, too."""

import time

from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey

EVENT = {"http://schemas.openid.net/event/backchannel-logout": {}}


class Provider:
    """An identity provider: its description, its keys, and its word."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self.issuer = ""
        self.asked = 0
        """How often somebody asked for the keys."""

    def application(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def described() -> dict[str, str]:
            return {
                "issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", "end_session_endpoint": f"{self.issuer}/end",
            }  # fmt: skip

        @app.get("/keys")
        async def keys() -> dict[str, object]:
            self.asked += 1
            return {"keys": [self.key.as_dict(private=False)]}

        return app

    def token(self, **other: object) -> str:
        claims = {"iss": self.issuer, "aud": "rukun", "iat": int(time.time()), "sub": "kasi.jakpus", "events": EVENT}
        given = {name: value for name, value in {**claims, **other}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "1"}, given, self.key)
