"""The networks, the frozen backbone and its features, and loading what was trained."""
