"""Generated scenes, for whoever has no photographs. Nobody has to read it to train a network.

:mod:`~scenes.generator.simulate` is the way in. Each class has a painter: the module with its name,
in which ``paint(picture)`` does the whole work. ``painting`` hands the painter a blank picture and
makes a photograph of the result.

Words that all modules use:

- *picture*: a canvas, the light on the scene, and the random numbers that decide everything in it.
- *canvas*: float32 RGB (side, side, 3); 0 is black, 1 is white paper in full light. A lamp may
  exceed 1. Row 0 is the top one. Rows and columns are in pixels of the canvas.
- *light*: the hour and the weather in one of seven moods, from clear noon to night.
- *haze*: air that hides what is far. 0 is clear, 1 is dense. What is far takes the horizon's
  colour; *visibility* is the distance, in metres, at which two thirds of a colour are lost.
- *horizon*: the row at which the ground ends, infinitely far away.
- *across*, *ahead*: metres to the right of the camera, and metres in front of it.
- *noise*: random numbers that neighbours share, as in clouds or rock: mean 0, deviation 1. In two
  dimensions it is a *tile*, which continues at its other end; in one, a *profile*.
- *mask*: which part of a surface is painted, (side, side), from 0 not at all to 1 fully.
- *massif*, *crest*, *ridge*: mountains as heights in metres; their sharp upper lines; the upper
  outline of a block of ice.
"""
