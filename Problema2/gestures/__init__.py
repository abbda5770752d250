"""Rock, paper, scissors from 21 hand landmarks."""

from . import backend

backend.choose()
