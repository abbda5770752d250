"""Charts of the app: data frames in, Altair charts out (Plotly for the 3D view)."""
