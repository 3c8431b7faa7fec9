"""The load test of the older API, which this service still passes: JSON to /signup, a form to /login, then Bearer.

The paths have no /v1, so the host is the root of the service:

    locust -f infra/load/locustfile-compatible.py --host http://localhost:8890
"""

import secrets

from locust import HttpUser, between, task


class ApiUser(HttpUser):
    wait_time = between(1, 3)

    def on_start(self):
        self.username = f"user-{secrets.token_hex(8)}"
        self.password = "correct horse battery"
        with self.client.post(
            "/signup", json={"username": self.username, "password": self.password}, catch_response=True
        ) as response:
            # The older API returns exactly 200.
            if response.status_code != 200:
                response.failure(f"signup returned {response.status_code}")
        self.login()

    def login(self):
        self.token = None
        with self.client.post(
            "/login", data={"username": self.username, "password": self.password}, catch_response=True
        ) as response:
            if response.status_code == 200:
                self.token = response.json()["access_token"]
            else:
                response.failure(f"login returned {response.status_code}")

    @task(10)
    def me(self):
        if self.token is None:
            self.login()
            return
        with self.client.get(
            "/users/me", headers={"Authorization": f"Bearer {self.token}"}, catch_response=True
        ) as response:
            if response.status_code == 401:
                # The token has expired.
                response.success()
                self.login()
            elif response.status_code != 200 or response.json()["username"] != self.username:
                response.failure(f"me returned {response.status_code}")

    @task(1)
    def login_again(self):
        self.login()
