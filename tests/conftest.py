"""Fixtures that tests of several rooms ask for."""

pytest_plugins = ["tests.database.postgres", "tests.store.s3", "tests.trust"]
