"""The words that spreadsheets use for days, languages, levels, roles and yes or no, in five languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones


@cache
def plain(text: str) -> str:
    """The form under which words are compared: no case, no accents, letters and digits, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def words(text: str) -> frozenset[str]:
    """The words of a text, to look others up in."""
    return frozenset(text.split())


def _table(**words: str) -> dict[str, str]:
    """Turn `meaning="word, word"` into word -> meaning."""
    return {plain(word): meaning for meaning, listed in words.items() for word in listed.split(",")}


YES = words("yes y true t 1 x ✓ ✔ ja j wahr oui o vrai si s verdadero sim verdadeiro on")
NO = words("no n false f 0 nein falsch non faux falso nao off none")

ROLES = _table(
    learner="learner,mentee,protege,student,apprentice,lernende,lernender,lernend,mentoree,apprenant,"
    "apprenante,"
    "aprendiz,alumno,alumna,estudiante,mentorado,mentorada,aprendiz,aluno,aluna",
    guide="guide,mentor,mentorin,coach,mentore,mentora,tutor,tutora,teacher,host,expert",
    both="both,beide,beides,les deux,ambos,ambas,mentor and mentee,mentee and mentor,either,mentor mentee",
)

STATUS = _table(
    active="active,aktiv,actif,active,activo,activa,ativo,ativa,current,yes",
    left="left,gone,inactive,inaktiv,ausgeschieden,parti,partie,inactif,inactive,baja,inactivo,inactiva,saiu,"
    "inativo,inativa,alumni,withdrawn",
)

TRAINING = _table(
    none="none,no,keine,aucune,ninguna,nenhuma",
    shadow="shadow,shadowing,hospitation,observer,observateur,observador",
    co="co,co facilitator,co host,assistant",
    lead="lead,lead facilitator,facilitator,trained,moderator,moderation,facilitador,facilitadora,animateur",
)

SENIORITY = {
    plain(word): step
    for step, listed in {
        1: "intern,trainee,apprentice,student,entry,entry level,praktikant,praktikantin,stagiaire,becario,"
        "estagiario",
        2: "graduate,junior,jr,associate,berufseinsteiger,debutant",
        4: "intermediate,mid,mid level,middle,regular,professional,medior,confirme,intermedio,pleno",
        6: "senior,sr,erfahren,specialist,expert",
        7: "lead,team lead,teamleiter,teamleiterin,staff,manager,principal,teamleitung,chef d equipe,gerente",
        8: "head,senior manager,department head,abteilungsleiter,abteilungsleiterin,jefe,jefa,chefe",
        9: "director,direktor,direktorin,directeur,directrice,directora,diretor,diretora,vp,vice president",
        10: "executive,c level,ceo,cto,cfo,coo,chief,managing director,geschaftsfuhrer,geschaftsfuhrerin,"
        "partner",
    }.items()
    for word in listed.split(",")
}
"""Words for a step of seniority, 1 (first job) to 10 (executive)."""

LEVELS = {
    plain(word): level
    for level, listed in {
        1: "beginner,novice,starter,anfanger,debutant,principiante,iniciante",
        2: "basic,basics,elementary,grundkenntnisse,notions,basico",
        3: "intermediate,medium,competent,fortgeschritten,intermediaire,intermedio,intermediario",
        4: "advanced,proficient,strong,sehr gut,avance,avanzado,avancado",
        5: "expert,master,teaches,experte,expertin,experto,experta,especialista",
    }.items()
    for word in listed.split(",")
}

PRIORITIES = {
    plain(word): priority
    for priority, listed in {
        1: "nice,nice to have,optional,lowest",
        2: "low,niedrig,basse,baja,baixa",
        3: "normal,medium priority",
        4: "high,important,hoch,wichtig,haute,alta",
        5: "urgent,highest,must,critical,dringend,urgente",
    }.items()
    for word in listed.split(",")
}

_DAY_WORDS = {
    1: "mo,mon,monday,montag,lun,lundi,lunes,seg,segunda,segunda feira",
    2: "tu,tue,tues,tuesday,di,die,dienstag,mar,mardi,martes,ter,terca,terca feira",
    3: "we,wed,weds,wednesday,mi,mit,mittwoch,mer,mercredi,mie,miercoles,qua,quarta,quarta feira",
    4: "th,thu,thur,thurs,thursday,do,don,donnerstag,jeu,jeudi,jue,jueves,qui,quinta,quinta feira",
    5: "fr,fri,friday,fre,freitag,ven,vendredi,vie,viernes,sex,sexta,sexta feira",
    6: "sa,sat,saturday,sam,samstag,sonnabend,samedi,sab,sabado",
    7: "su,sun,sunday,so,son,sonntag,dim,dimanche,dom,domingo",
}
DAYS = {word: (day,) for day, listed in _DAY_WORDS.items() for word in listed.split(",")} | {
    word: days
    for days, listed in {
        (
            1,
            2,
            3,
            4,
            5,
        ): "weekday,weekdays,workday,workdays,werktags,wochentags,werktage,semaine,laborables,uteis",
        (6, 7): "weekend,weekends,wochenende,wochenenden,finde",
        (1, 2, 3, 4, 5, 6, 7): "daily,everyday,alltags,taglich,quotidien,diario,diariamente,all",
    }.items()
    for word in listed.split(",")
}
"""Words for days of the week: ISO weekdays, 1 is Monday."""

LANGUAGES = _table(
    af="afrikaans",
    am="amharic",
    ar="arabic,arabisch,arabe,العربية",
    bg="bulgarian,bulgarisch,български",
    bn="bengali,bangla,বাংলা",
    ca="catalan,katalanisch,catala",
    cs="czech,tschechisch,cestina",
    da="danish,danisch,dansk",
    de="german,deutsch,allemand,aleman,alemao",
    el="greek,griechisch,ελληνικα",
    en="english,englisch,anglais,ingles",
    es="spanish,spanisch,espagnol,espanol,espanhol,castellano",
    et="estonian,eesti",
    fa="persian,farsi,فارسی",
    fil="filipino,pilipino",
    fi="finnish,finnisch,suomi",
    fr="french,franzosisch,francais,frances",
    ga="irish,gaeilge",
    gu="gujarati",
    he="hebrew,hebraisch,עברית",
    hi="hindi,हिन्दी",
    hr="croatian,kroatisch,hrvatski",
    hu="hungarian,ungarisch,magyar",
    id="indonesian,indonesisch,bahasa indonesia",
    ig="igbo",
    it="italian,italienisch,italien,italiano",
    ja="japanese,japanisch,japonais,japones,日本語",
    ka="georgian,georgisch",
    kk="kazakh",
    kn="kannada",
    ko="korean,koreanisch,한국어",
    lt="lithuanian,litauisch,lietuviu",
    lv="latvian,lettisch,latviesu",
    ml="malayalam",
    mr="marathi",
    ms="malay,bahasa melayu",
    nb="norwegian,norwegisch,norsk,bokmal",
    ne="nepali",
    nl="dutch,niederlandisch,neerlandais,nederlands,holandes",
    pa="punjabi,panjabi",
    pl="polish,polnisch,polonais,polski,polaco",
    pt="portuguese,portugiesisch,portugais,portugues",
    ro="romanian,rumanisch,romana",
    ru="russian,russisch,russe,ruso,russo,русский",
    rw="kinyarwanda",
    si="sinhala",
    sk="slovak,slowakisch,slovencina",
    sl="slovenian,slovene,slowenisch,slovenscina",
    sr="serbian,serbisch,srpski",
    sv="swedish,schwedisch,suedois,svenska",
    sw="swahili,suaheli,kiswahili",
    ta="tamil",
    te="telugu",
    th="thai",
    tl="tagalog",
    tr="turkish,turkisch,turc,turkce",
    uk="ukrainian,ukrainisch,українська",
    ur="urdu",
    vi="vietnamese,vietnamesisch",
    wo="wolof",
    yo="yoruba",
    zh="chinese,mandarin,chinesisch,chinois,chino,chines,中文",
    zu="zulu,isizulu",
)
"""Names of languages in English, in four other languages and in their own: ISO 639 codes."""

_MORE_COUNTRIES = _table(
    AT="osterreich,autriche",
    BE="belgien,belgique,belgica",
    BR="brasil,brasilien,bresil",
    CH="schweiz,suisse,suiza,suica",
    CZ="czechia",
    DE="deutschland,allemagne,alemania,alemanha",
    ES="espana,spanien,espagne,espanha",
    FR="frankreich,francia,franca",
    GB="uk,united kingdom,great britain,england,scotland,wales,grossbritannien,royaume uni,reino unido",
    IE="irland,irlande",
    IT="italien,italie,italia",
    JP="japon,japao",
    KR="south korea",
    MX="mexiko,mexique",
    NL="netherlands,holland,niederlande,pays bas,paises bajos",
    PT="portugal",
    RU="russland",
    SE="schweden,suede,suecia",
    TR="turkiye,turkei",
    US="usa,united states of america,vereinigte staaten,etats unis,estados unidos",
    VN="viet nam",
)


@cache
def countries() -> dict[str, str]:
    """Names of countries in English (from the time zone database's ISO 3166 table), and some more: codes."""
    text = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {plain(name): code for code, name in rows} | _MORE_COUNTRIES


@cache
def zone_names() -> frozenset[str]:
    """The names of all IANA zones."""
    return frozenset(available_timezones())


@cache
def zones() -> dict[str, str]:
    """IANA zones by their name, and by their city where only one zone has it; compared as `plain` does.

    Zones of a fixed offset are left out: the sign in their names would be lost.
    """
    names = sorted(name for name in zone_names() if not re.search(r"[+-]\d|\d$", name))
    cities: dict[str, list[str]] = {}
    for name in names:
        area, _, city = name.rpartition("/")
        if area:
            cities.setdefault(plain(city), []).append(name)
    found = {city: listed[0] for city, listed in cities.items() if len(listed) == 1}
    return found | {plain(name): name for name in names}
