"""The published columns under whatever heading: English, Spanish, the app's own labels."""

from __future__ import annotations

from collections.abc import Iterable

from student_performance.schema import (
    ACTIVITIES,
    HOURS,
    INDEX,
    PAPERS,
    PUBLISHED,
    SCORES,
    SLEEP,
    Column,
)
from student_performance.spelling import words

# Words that change nothing in a heading.
FILLERS = {
    *("de", "del", "la", "las", "el", "los", "en", "of", "the", "in", "per", "por", "al", "un"),
    *("num", "numero", "nro", "n", "number", "cantidad", "total", "dia", "day", "diarias", "daily"),
}
SPELLINGS = {
    HOURS: (
        "hours studied, study hours, hours study, studied hours, hours studying, studying hours, "
        "study time, horas estudio, horas estudiadas, horas estudiando, horas estudia, estudio, "
        "tiempo estudio, horas dedicadas estudio, horas estudiados"
    ),
    SCORES: (
        "previous scores, previous score, previous marks, prior scores, past scores, notas "
        "previas, nota previa, notas anteriores, nota anterior, puntajes previos, puntaje previo, "
        "puntajes anteriores, puntaje anterior, puntuaciones previas, puntuacion previa, "
        "puntuaciones anteriores, resultados anteriores, resultados previos, calificaciones "
        "previas, calificaciones anteriores, calificacion previa, calificacion anterior, notas, "
        "promedio previo, promedio anterior"
    ),
    ACTIVITIES: (
        "extracurricular activities, extracurricular activity, extracurricular, extracurriculars, "
        "extra curricular activities, activities, actividades extracurriculares, actividad "
        "extracurricular, actividades extra curriculares, extracurriculares, actividades, "
        "extraescolares, actividades extraescolares"
    ),
    SLEEP: (
        "sleep hours, hours sleep, hours slept, slept hours, sleeping hours, hours sleeping, "
        "sleep, sleep time, horas sueno, horas dormidas, horas durmiendo, horas duerme, sueno, "
        "horas descanso"
    ),
    PAPERS: (
        "sample question papers practiced, sample question papers practised, sample question "
        "papers, sample papers practiced, question papers practiced, papers practiced, practice "
        "papers, sample papers, examenes practica, examenes practicados, examenes muestra, "
        "examenes muestra practicados, examenes prueba, examenes, ejercicios resueltos, ejercicios "
        "practicados, ejercicios, practicas resueltas, pruebas practicadas, cuestionarios "
        "practicados, cuestionarios muestra practicados, cuestionarios resueltos, modelos examen, "
        "modelos examen practicados, preguntas muestra practicadas, simulacros, simulacros "
        "resueltos"
    ),
    INDEX: (
        "performance index, performance, student performance, academic performance, performance "
        "score, indice rendimiento, indice rendimiento academico, rendimiento, rendimiento "
        "academico, indice, indice desempeno, desempeno, desempeno academico"
    ),
}


def _core(heading: str) -> str:
    """The words of a heading that count."""
    kept = [word for word in words(heading).split() if word not in FILLERS]
    return " ".join(kept)


KNOWN = {
    _core(each): column for column, each_list in SPELLINGS.items() for each in each_list.split(",")
} | {
    _core(name): column
    for column in PUBLISHED.columns
    for name in (column.name, column.label, column.short)
}


def published(headings: Iterable[str]) -> dict[Column, list[str]]:
    """The headings that may stand for each published column, in their order."""
    matches: dict[Column, list[str]] = {column: [] for column in PUBLISHED.columns}
    for heading in headings:
        column = KNOWN.get(_core(heading))
        if column:
            matches[column].append(heading)
    return matches


def same(one: str, other: str) -> bool:
    """Whether two headings differ in case, blanks, signs or accents alone."""
    return words(one) == words(other)
