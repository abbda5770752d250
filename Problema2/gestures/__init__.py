"""Rock, paper, scissors from 21 hand landmarks."""
