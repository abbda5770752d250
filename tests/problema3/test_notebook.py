"""The notebook runs top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

NOTEBOOK = Path(__file__).resolve().parents[2] / "Problema3" / "escenas.ipynb"


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def output_text(notebook) -> str:
    return "".join(output.get("text", "") for c in code_cells(notebook) for output in c.outputs)


def test_is_committed_executed_on_generated_scenes():
    notebook = nbformat.read(NOTEBOOK, 4)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))  # once, top to bottom
    assert "se usan escenas generadas" in output_text(notebook)
    assert "WARNING" not in output_text(notebook)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text[:200]


@pytest.mark.timeout(600)
def test_runs_top_to_bottom_with_few_images(folder, tmp_path):
    notebook = nbformat.read(NOTEBOOK, 4)
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    broken = tmp_path / "no son pesos.h5"  # the notebook goes on without ResNet50
    broken.write_bytes(b"nada")
    values = {
        "DATOS": str(folder),
        "LIMITE": 48,
        "LADO": 32,
        "EPOCAS": 1,
        "LOTE": 24,
        "SEMILLA": 0,
        "PESOS": str(broken),
        "SALIDA": str(tmp_path / "modelos"),
    }
    assert {line.split(" = ")[0] for line in parameters.source.splitlines()} == set(values)
    parameters.source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    # making graphs takes most of the time of trainings as short as these; others prove them
    parameters.source += "\nimport tensorflow; tensorflow.config.run_functions_eagerly(True)"
    client = nbclient.NotebookClient(
        notebook, timeout=540, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    )
    client.execute()
    text = output_text(notebook)
    assert "Se sigue con las otras tres redes" in text
    assert "La mejor es" in text
