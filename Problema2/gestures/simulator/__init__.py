"""Simulated hands: posed, seen by a camera, drawn into frames, and found by MediaPipe."""
