"""Problem 1's app: ``streamlit run analisis.py``. Navigation only; the pages are in ``views``."""

from __future__ import annotations

import streamlit as st

st.set_page_config(page_title="Rendimiento estudiantil", page_icon="🎓", layout="wide")

from views import session, visits  # noqa: E402  the page's configuration has to come first

# screen readers pronounce the page in its own language; Streamlit says it is English
st.html(
    "<script>document.documentElement.lang = 'es'</script>",
    unsafe_allow_javascript=True,
)
visits.enter(st.session_state)
page = st.navigation(
    [
        st.Page(
            "views/exploration.py",
            title="Exploración",
            icon=":material/search_insights:",
            default=True,
        ),
        st.Page(
            "views/training.py",
            title="Entrenamiento",
            icon=":material/model_training:",
            url_path="entrenamiento",
        ),
        st.Page(
            "views/evaluation.py",
            title="Evaluación",
            icon=":material/analytics:",
            url_path="evaluacion",
        ),
        st.Page(
            "views/prediction.py",
            title="Predicción",
            icon=":material/online_prediction:",
            url_path="prediccion",
        ),
        st.Page(
            "views/report.py",
            title="Informe",
            icon=":material/description:",
            url_path="informe",
        ),
    ]
)
try:
    page.run()
finally:  # after the page, which may change data or model, and also when it stops early
    session.sidebar()
    visits.leave(st.session_state)
