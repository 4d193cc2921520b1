"""What the usual columns are called in German, Spanish and French: our column → titles that files have."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    # People
    "company_id": "personalnummer, mitarbeiternummer, número de empleado, matricule",
    "email": (
        "e-mail-adresse, mailadresse, correo, correo electrónico, dirección de correo, courriel, adresse e-mail, "
        "adresse électronique"
    ),
    "full_name": "vollständiger name, vor- und nachname, nombre completo, nombre y apellidos, nom complet",
    "first_name": "vorname, rufname, nombre de pila, prénom",
    "middle_name": "zweiter vorname, segundo nombre, deuxième prénom",
    "last_name": "nachname, familienname, zuname, apellido, apellidos, nom de famille",
    "suffix": "namenszusatz, sufijo, suffixe",
    "department": "abteilung, fachabteilung, departamento, département, service",
    "role": "rolle, rol, rôle",
    # Tickets
    "external_reference": (
        "ticketnummer, ticket-nr, vorgangsnummer, número de ticket, número de incidencia, numéro de ticket"
    ),
    "requester": (
        "e-mail-adresse, e-mail des melders, melder, anforderer, gemeldet von, correo electrónico, solicitante, "
        "adresse e-mail, courriel, demandeur"
    ),
    "requester_name": "name des melders, nombre del solicitante, nom du demandeur",
    "subject": "betreff, titel, kurzbeschreibung, asunto, título, objet, sujet, titre",
    "description": "beschreibung, fehlerbeschreibung, descripción",
    "category": "kategorie, categoría, catégorie",
    "sub_category": "unterkategorie, subcategoría, sous-catégorie",
    "priority": "priorität, dringlichkeit, prioridad, urgencia, priorité, urgence",
    "status": "zustand, bearbeitungsstand, estado, statut, état",
    "assignee": "bearbeiter, bearbeiterin, zugewiesen an, zuständig, asignado a, assigné à, attribué à",
    "submitted": (
        "erstellt, erstellt am, angelegt am, gemeldet am, eingegangen am, creado, creado el, fecha de creación, "
        "créé le, date de création"
    ),
    "first_response_at": "erste antwort, primera respuesta, première réponse",
    "resolved_at": "gelöst, gelöst am, resuelto, resuelto el, résolu le, date de résolution",
    "closed_at": "geschlossen, geschlossen am, abgeschlossen am, cerrado, cerrado el, fermé le, date de clôture",
    "scheduled_date": "fällig, fällig am, termin, vence, fecha límite, échéance",
    "resolution": "lösung, solución",
    # Departments and categories
    "head_email": "leitung, abteilungsleitung, responsable",
    "is_active": "aktiv, activo, actif",
    "sub_categories": "unterkategorien, subcategorías, sous-catégories",
    "default_priority": "standardpriorität, prioridad, priorité",
}

TITLES: Final = {column: words.split(", ") for column, words in _WORDS.items()}
