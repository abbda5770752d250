"""What the notebooks need and no program does: their pictures, a comparison of any networks,
drawings, sentences, and the exercises' checks."""
