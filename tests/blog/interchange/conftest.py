import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _english():
    """Sentences are compared in their source language."""
    with translation.override("en"):
        yield
