"""Which column of a spreadsheet holds which field: by a mapping, or guessed from common headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import Field

from matcher.documents.faults import FaultList, Suggester
from matcher.documents.words import plain
from matcher.domain.base import Model
from matcher.domain.errors import InputError

MEMBER_HEADINGS: dict[str, str] = {
    "id": "id,member id,memberid,external id,employee id,employee number,staff id,person id,personalnummer,"
    "mitarbeiternummer,mitglieds id,kennung,matricule,identifiant,numero de empleado,identificador,"
    "matricula,user id",
    "email": "email,e mail,mail,email address,e mail address,work email,work e mail,mail address,mailadresse,"
    "e mail adresse,email adresse,courriel,adresse e mail,adresse email,adresse mail,correo,"
    "correo electronico,"
    "endereco de email,endereco de e mail,username",
    "name": "name,full name,display name,vollstandiger name,nom complet,nombre completo,nombre y apellidos,"
    "nome completo,nom et prenom,vor und nachname,participant,member,member name,your name",
    "first_name": "first name,firstname,given name,given names,forename,vorname,prenom,nombre,nombres,"
    "primeiro nome,"
    "nome",
    "last_name": "last name,lastname,surname,family name,nachname,familienname,nom,nom de famille,apellido,"
    "apellidos,"
    "sobrenome,apelido,ultimo nome",
    "organization": "organization,organisation,company,employer,org,partner,partner organization,firma,"
    "unternehmen,"
    "arbeitgeber,entreprise,societe,employeur,organizacion,empresa,empleador,organizacao,empregador,"
    "institution",
    "unit": "unit,department,team,division,business unit,abteilung,bereich,einheit,departement,service,"
    "equipe,"
    "departamento,area,unidad,unidade,equipo,setor",
    "country": "country,land,pays,pais,country code",
    "region": "region,state,province,bundesland,provincia,estado",
    "text_language": "text language,language of messages,mail language,preferred language,"
    "korrespondenzsprache,"
    "langue des messages,idioma de los mensajes,idioma das mensagens",
    "offers": "offers,skills offered,offered skills,skills,can offer,can teach,expertise,strengths,offer,"
    "teaches,"
    "i can offer,skills i can offer,bietet,angebotene fahigkeiten,angebot,kompetenzen,fahigkeiten,"
    "kann anbieten,"
    "competences offertes,competences proposees,competences,propose,ofrece,habilidades ofrecidas,"
    "competencias ofrecidas,habilidades,oferece,competencias oferecidas,habilidades oferecidas,competencias",
    "seeks": "seeks,skills sought,sought skills,wants to learn,want to learn,skills wanted,"
    "learning goals skills,"
    "looking for,needs,i want to learn,skills to learn,sucht,gesuchte fahigkeiten,mochte lernen,will lernen,"
    "lernwunsche,competences recherchees,competences souhaitees,veut apprendre,souhaite apprendre,cherche,"
    "busca,"
    "habilidades buscadas,competencias buscadas,quiere aprender,procura,quer aprender,"
    "competencias procuradas,"
    "habilidades procuradas,deseja aprender",
    "goals": "goals,goal,objectives,ziele,ziel,objectifs,objectif,objetivos,objetivo,metas,"
    "what do you hope to achieve",
    "languages": "languages,language,spoken languages,languages spoken,sprachen,sprache,langues,langue,"
    "langues parlees,"
    "idiomas,idioma,lenguas,linguas",
    "time_zone": "time zone,timezone,tz,zeitzone,fuseau horaire,fuseau,zona horaria,huso horario,"
    "fuso horario,fuso",
    "availability": "availability,available,available hours,availabilities,weekly availability,free times,"
    "hours free,"
    "verfugbarkeit,verfugbar,verfugbare zeiten,freie zeiten,disponibilite,disponibilites,disponibilidad,"
    "disponibilidade,horarios,horario disponible",
    "leave": "leave,absence,absences,days away,holidays,vacation,urlaub,abwesenheit,abwesenheiten,conges,"
    "absences,"
    "vacaciones,ausencias,ferias",
    "night_ok": "night ok,nights ok,late hours ok,nachts moglich,nuit possible,noche posible,noite possivel",
    "caregiver": "caregiver,carer,caring duties,care duties,betreuungspflichten,aidant,cuidador,cuidadora",
    "seniority": "seniority,seniority level,career level,grade,job level,career stage,seniorität,"
    "karrierestufe,"
    "stufe,erfahrungsstufe,niveau,anciennete,niveau hierarchique,nivel,antiguedad,senioridad,senioridade",
    "joined": "joined,joined on,join date,member since,start date,beitritt,eintritt,mitglied seit,"
    "eintrittsdatum,"
    "date d entree,date d adhesion,membre depuis,fecha de ingreso,miembro desde,data de entrada,membro desde",
    "sessions_attended": "sessions attended,attended sessions,besuchte treffen,seances suivies,"
    "sesiones asistidas",
    "roles": "roles,role,participates as,takes part as,mentor or mentee,rolle,rollen,teilnahme als,"
    "roles souhaites,"
    "rol,participa como,papel,funcao",
    "as_guide": "mentor,guide,wants to be a mentor,mentor yes no,as mentor,willing to mentor,als mentor,"
    "comme mentor,"
    "como mentor",
    "as_learner": "mentee,learner,wants a mentor,wants to be a mentee,as mentee,mentor wanted,als mentee,"
    "comme mentore",
    "training": "training,facilitation training,facilitator training,moderationsausbildung,"
    "formation d animateur",
    "guides_wanted": "guides wanted,mentors wanted,number of mentors,gewunschte mentoren,mentors souhaites",
    "learners": "learners,max learners,max mentees,mentees,number of mentees,capacity,mentee capacity,"
    "how many mentees,maximum mentees,kapazitat,anzahl mentees,anzahl lernende,capacite,nombre de mentores,"
    "capacidad,"
    "capacidade",
    "min_learners": "min learners,min mentees,minimum mentees,at least mentees,mindestens mentees",
    "hours_per_month": "hours per month,hours a month,monthly hours,hours month,stunden pro monat,"
    "stunden im monat,"
    "heures par mois,horas al mes,horas por mes",
    "prefers": "prefers,preferred,preferred people,wishes,preferred mentors,wunsche,wunschpartner,"
    "preferences,"
    "preferences de personnes,prefiere,preferencias,prefere",
    "avoids": "avoids,avoid,not with,do not match with,do not match,vermeiden,nicht mit,eviter,pas avec,"
    "evitar,no con,"
    "nao com",
    "status": "status,state of membership,statut,estatus,situacao",
    "waited_cycles": "waited cycles,cycles waited,waiting,left out before,gewartet",
}
"""Field -> common headings in English, German, French, Spanish and Portuguese, the surest first."""

ORGANIZATION_HEADINGS: dict[str, str] = {
    "id": "id,organization id,organisation id,org id,kennung,identifiant,identificador,code",
    "name": "name,organization,organisation,company,organization name,organisation name,company name,firma,"
    "unternehmen,nom,entreprise,nombre,organizacion,empresa,nome,organizacao",
    "group": "group,parent,parent company,holding,gruppe,konzern,groupe,maison mere,grupo,matriz",
    "country": "country,land,pays,pais",
    "competitors": "competitors,competitor,competes with,wettbewerber,konkurrenten,concurrents,competidores,"
    "concorrentes",
}

_ATTRIBUTE = re.compile(r"attributes\.[^.\s]+")


class ColumnMapping(Model):
    """A mapping file: which column holds which field, and what holds where a sheet says nothing.

    `columns`: field -> heading; a diversity attribute is written "attributes.NAME". `defaults`: field -> cell
    text, used for empty cells and absent columns. `date_format`: as of strptime, such as "%d/%m/%Y".
    """

    columns: dict[str, str] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    date_format: str | None = None


@dataclass(frozen=True)
class Columns:
    """Field -> position of its column, in the sheet's order, and the headings that no field uses."""

    positions: dict[str, int]
    unused: tuple[str, ...]
    guessed: bool


@cache
def _keys(table: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, int]]:
    return {
        plain(heading): (field, rank)
        for field, listed in table
        for rank, heading in reversed(list(enumerate(listed.split(","))))
    }


def meaning(heading: str, table: dict[str, str]) -> tuple[str, int] | None:
    """The field that a heading speaks of, and how sure that is (0 is surest)."""
    keys = _keys(tuple(table.items()))
    text = plain(heading)
    return keys.get(text) or keys.get(plain(re.sub(r"\(.*?\)|\[.*?\]|[*:?]", " ", heading)))


def recognized(headings: Sequence[str], table: dict[str, str], mapping: ColumnMapping | None) -> int:
    """How many of the headings mean something."""
    if mapping is not None and mapping.columns:
        return len(set(headings) & set(mapping.columns.values()))
    return sum(meaning(heading, table) is not None for heading in headings)


def locate(headings: Sequence[str], table: dict[str, str], mapping: ColumnMapping | None) -> Columns:
    """Find the columns. Raises `InputError` when a mapping names a field or a column that does not exist."""
    if mapping is None or not mapping.columns:
        return _guessed(headings, table)
    faults, positions, suggest = FaultList(), {}, Suggester()
    for field, heading in mapping.columns.items():
        if field not in table and not _ATTRIBUTE.fullmatch(field):
            faults.add(f"columns.{field}", f"there is no field {field!r}{suggest.hint(field, table)}")
        count = list(headings).count(heading)
        if count == 1:
            positions[field] = list(headings).index(heading)
        elif count:
            faults.add(f"columns.{field}", f"{count} columns are headed {heading!r}: rename all but one")
        else:
            hint = suggest.hint(heading, headings) or f"; it has {', '.join(map(repr, headings))}"
            faults.add(f"columns.{field}", f"the sheet has no column {heading!r}{hint}")
    for field in mapping.defaults:
        if field not in table and not _ATTRIBUTE.fullmatch(field):
            faults.add(f"defaults.{field}", f"there is no field {field!r}{suggest.hint(field, table)}")
    if faults.count:
        raise InputError("The mapping does not fit the sheet.", faults.told())
    used = set(positions.values())
    unused = tuple(heading for k, heading in enumerate(headings) if k not in used and heading)
    return Columns(dict(sorted(positions.items(), key=lambda pair: pair[1])), unused, guessed=False)


def _guessed(headings: Sequence[str], table: dict[str, str]) -> Columns:
    claims: dict[str, tuple[int, int]] = {}
    for position, heading in enumerate(headings):
        found = meaning(heading, table)
        if found is not None:
            field, rank = found
            claims[field] = min(claims.get(field, (rank, position)), (rank, position))
    positions = {field: position for field, (_, position) in claims.items()}
    if "name" not in positions and "last_name" not in positions and "first_name" in positions:
        positions["name"] = positions.pop("first_name")  # "Nombre" and "Nome" alone are the whole name
    if "name" not in positions and "first_name" not in positions and "last_name" in positions:
        positions["name"] = positions.pop("last_name")  # so is "Nom"
    used = set(positions.values())
    unused = tuple(heading for k, heading in enumerate(headings) if k not in used and heading)
    return Columns(dict(sorted(positions.items(), key=lambda pair: pair[1])), unused, guessed=True)
