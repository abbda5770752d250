# The project with all that it needs. The notebooks:
#   docker build -t redes . && docker run --rm -p 8888:8888 redes
# The app:
#   docker run --rm -p 8501:8501 redes streamlit run Problema1/analisis.py --server.address 0.0.0.0
FROM python:3.12-slim-trixie
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0t64 libegl1 libgles2 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home estudiante
WORKDIR /home/estudiante/redes
COPY requirements.txt requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --chown=estudiante . .
RUN chown estudiante .
USER estudiante
CMD ["jupyter", "lab", "--ip", "0.0.0.0", "--no-browser"]
