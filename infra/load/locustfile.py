"""User stories for Locust: travelers who search trains, buy and cancel tickets, and investors who look at their portfolio.

    locust -f infra/load/locustfile.py --host http://localhost:8890/v1

Travelers need runs, which an administrator creates: give the account with --admin and --admin-password, or in the
variables FUNCTIONSAPP_LOAD_ADMIN and FUNCTIONSAPP_LOAD_ADMIN_PASSWORD. Without it, travelers only read.
"""

import datetime
import logging
import os
import random
import secrets

import gevent.lock
from locust import HttpUser, between, events, task
from locust.exception import StopUser

PASSWORD = "correct horse battery"
STATIONS = [f"Locust {stop}" for stop in range(10)]
RUNS_PER_DAY = 5
DAYS = 4
SEATS = 2000


@events.init_command_line_parser.add_listener
def add_options(parser):
    parser.add_argument("--admin", default=os.environ.get("FUNCTIONSAPP_LOAD_ADMIN", ""), help="An administrator's username")
    # Not shown in Locust's web page.
    parser.add_argument(
        "--admin-password",
        default=os.environ.get("FUNCTIONSAPP_LOAD_ADMIN_PASSWORD", ""),
        include_in_web_ui=False,
        help="The administrator's password",
    )


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Timetable:
    """The runs of this load test. The first traveler creates them."""

    lock = gevent.lock.BoundedSemaphore()
    days = None

    @classmethod
    def of(cls, user):
        with cls.lock:
            if cls.days is None:
                cls.days = cls.create(user)
        return cls.days

    @classmethod
    def create(cls, user):
        options = user.environment.parsed_options
        # Far in the future, and different from other load tests' days.
        first = datetime.date(2100, 1, 1) + datetime.timedelta(days=random.randrange(30_000))
        days = [(first + datetime.timedelta(days=day)).isoformat() for day in range(DAYS)]
        if not options.admin:
            logging.warning("No administrator is given (--admin): there are no trains, so travelers buy nothing.")
            return days
        form = {"username": options.admin, "password": options.admin_password}
        response = user.client.post("/login", data=form, name="(prepare) log in")
        if response.status_code != 200:
            logging.error("The administrator cannot log in: %s", response.text)
            user.environment.process_exit_code = 1
            user.environment.runner.quit()
            raise StopUser()
        token = response.json()["access_token"]
        for day in days:
            for number in range(RUNS_PER_DAY):
                run = {
                    "number": f"{10_000 + number}",
                    "name": "Locust Express",
                    "service_date": day,
                    "stops": [{"station": station, "distance_km": 50 * stop} for stop, station in enumerate(STATIONS)],
                    "coaches": [{"coach": "A1", "class": "2A", "seats": SEATS, "fare_per_km": 1.9}],
                }
                user.client.post("/trains", json=run, headers=bearer(token), name="(prepare) add a run")
        return days


class Member(HttpUser):
    """A person with an account, who signs up and logs in first and refreshes the session before its token expires."""

    abstract = True
    wait_time = between(1, 5)

    def on_start(self):
        self.username = f"locust-{secrets.token_hex(8)}"
        account = {"username": self.username, "password": PASSWORD}
        if not self.succeeds(self.client.post("/signup", json=account, name="/signup")):
            raise StopUser()
        self.log_in()

    def log_in(self):
        response = self.client.post("/login", data={"username": self.username, "password": PASSWORD}, name="/login")
        if not self.succeeds(response):
            raise StopUser()
        self.keep(response.json())

    def keep(self, pair):
        self.token = pair["access_token"]
        self.refresh_token = pair["refresh_token"]
        # Renewed after two thirds of its lifetime.
        self.renew_at = datetime.datetime.now() + datetime.timedelta(seconds=pair["expires_in"] * 2 / 3)

    def headers(self):
        if datetime.datetime.now() > self.renew_at:
            self.refresh()
        return bearer(self.token)

    def refresh(self):
        response = self.client.post("/token/refresh", json={"refresh_token": self.refresh_token}, name="/token/refresh")
        if response.status_code == 200:
            self.keep(response.json())
        else:
            self.log_in()

    @staticmethod
    def succeeds(response):
        return 200 <= response.status_code < 300

    @task(4)
    def look_at_account(self):
        self.client.get("/users/me", headers=self.headers(), name="/users/me")

    @task(1)
    def come_back(self):
        """Logs out and in again, as on another day."""
        self.client.post("/logout", headers=self.headers(), name="/logout")
        self.log_in()

    @task(1)
    def stay_logged_in(self):
        self.refresh()


class Traveler(Member):
    weight = 3

    def on_start(self):
        super().on_start()
        self.tickets = []
        self.days = Timetable.of(self)

    def journey(self):
        start = random.randrange(len(STATIONS) - 1)
        return STATIONS[start], STATIONS[random.randrange(start + 1, len(STATIONS))]

    def search(self):
        start, end = self.journey()
        response = self.client.get(
            "/trains",
            params={"from": start, "to": end, "date": random.choice(self.days)},
            headers=self.headers(),
            name="/trains?from=&to=&date=",
        )
        found = response.json()["items"] if response.status_code == 200 else []
        return start, end, found

    @task(12)
    def browse(self):
        start, end, found = self.search()
        if found:
            self.client.get(
                f"/trains/{random.choice(found)['id']}/seats",
                params={"from": start, "to": end},
                headers=self.headers(),
                name="/trains/{id}/seats",
            )

    @task(5)
    def buy(self):
        start, end, found = self.search()
        if not found:
            return
        run = random.choice(found)["id"]
        order = {"from": start, "to": end, "class": "2A", "passengers": ["Ada Lovelace"]}
        with self.client.post(
            f"/trains/{run}/tickets",
            json=order,
            headers={**self.headers(), "Idempotency-Key": secrets.token_hex(16)},
            name="/trains/{id}/tickets",
            catch_response=True,
        ) as response:
            if response.status_code == 201:
                self.tickets.append((run, response.json()["id"]))
            elif response.status_code == 409:
                # Sold out, and the waitlist is full: a correct answer.
                response.success()

    @task(1)
    def cancel(self):
        if not self.tickets:
            return
        run, ticket = self.tickets.pop()
        self.client.delete(f"/trains/{run}/tickets/{ticket}", headers=self.headers(), name="/trains/{id}/tickets/{ticket}")

    @task(3)
    def look_at_tickets(self):
        self.client.get("/tickets", headers=self.headers(), name="/tickets")


class Investor(Member):
    weight = 1

    def on_start(self):
        super().on_start()
        self.record("deposit", "2023-01-02", amount=100_000)
        for number in range(5):
            self.record("buy", f"2023-0{number + 2}-06", symbol=f"LOCUST{number}", quantity=10, price=100 + number)

    def record(self, kind, day, **values):
        self.client.post(
            "/ledger/entries", json={"type": kind, "at": day, **values}, headers=self.headers(), name="/ledger/entries"
        )

    @task(10)
    def look_at_portfolio(self):
        self.client.get("/portfolio", headers=self.headers(), name="/portfolio")

    @task(4)
    def look_back(self):
        day = datetime.date(2023, 2, 1) + datetime.timedelta(days=random.randrange(700))
        self.client.get("/portfolio", params={"at": day.isoformat()}, headers=self.headers(), name="/portfolio?at=")

    @task(2)
    def trade(self):
        self.record("buy", "2024-01-15", symbol=f"LOCUST{random.randrange(5)}", quantity=1, price=110)
