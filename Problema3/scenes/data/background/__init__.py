"""Pictures of the background class: of none of the classes that a network tells apart.

A network that learns with them, as one class more, knows something of what it should doubt.
"""
