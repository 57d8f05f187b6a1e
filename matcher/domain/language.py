"""Language tags: one written form for each language, so that equal languages have equal tags."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
"""The tags of BCP 47 (RFC 5646) without extensions, private use and languages of more than three letters."""

_SHORTER = {
    code: short
    for listed in (
        "aa aar,ab abk,ae ave,af afr,ak aka,am amh,an arg,ar ara,as asm,av ava,ay aym,az aze,ba bak,be bel",
        "bg bul,bi bis,bm bam,bn ben,bo bod tib,br bre,bs bos,ca cat,ce che,ch cha,co cos,cr cre,cs ces cze",
        "cu chu,cv chv,cy cym wel,da dan,de deu ger,dv div,dz dzo,ee ewe,el ell gre,en eng,eo epo,es spa",
        "et est,eu eus baq,fa fas per,ff ful,fi fin,fj fij,fo fao,fr fra fre,fy fry,ga gle,gd gla,gl glg",
        "gn grn,gu guj,gv glv,ha hau,he heb,hi hin,ho hmo,hr hrv,ht hat,hu hun,hy hye arm,hz her,ia ina",
        "id ind,ie ile,ig ibo,ii iii,ik ipk,io ido,is isl ice,it ita,iu iku,ja jpn,jv jav,ka kat geo,kg kon",
        "ki kik,kj kua,kk kaz,kl kal,km khm,kn kan,ko kor,kr kau,ks kas,ku kur,kv kom,kw cor,ky kir,la lat",
        "lb ltz,lg lug,li lim,ln lin,lo lao,lt lit,lu lub,lv lav,mg mlg,mh mah,mi mri mao,mk mkd mac,ml mal",
        "mn mon,mr mar,ms msa may,mt mlt,my mya bur,na nau,nb nob,nd nde,ne nep,ng ndo,nl nld dut,nn nno",
        "no nor,nr nbl,nv nav,ny nya,oc oci,oj oji,om orm,or ori,os oss,pa pan,pi pli,pl pol,ps pus,pt por",
        "qu que,rm roh,rn run,ro ron rum,ru rus,rw kin,sa san,sc srd,sd snd,se sme,sg sag,si sin,sk slk slo",
        "sl slv,sm smo,sn sna,so som,sq sqi alb,sr srp,ss ssw,st sot,su sun,sv swe,sw swa,ta tam,te tel",
        "tg tgk,th tha,ti tir,tk tuk,tl tgl,tn tsn,to ton,tr tur,ts tso,tt tat,tw twi,ty tah,ug uig,uk ukr",
        "ur urd,uz uzb,ve ven,vi vie,vo vol,wa wln,wo wol,xh xho,yi yid,yo yor,za zha,zh zho chi,zu zul",
    )
    for short, *codes in (entry.split() for entry in listed.split(","))
    for code in codes
}
"""ISO 639-2 codes of three letters by the ISO 639-1 code of two that stands for the same language."""


@lru_cache(maxsize=4096)
def canonical_tag(tag: str) -> str:
    """A tag as RFC 5646 writes it: the shortest code of the language (2.2.1), subtags in their case (2.1.1).

    "eng" is "en", "en-gb" is "en-GB", "ZH-hant-tw" is "zh-Hant-TW".
    """
    language, *rest = tag.split("-")
    parts = [_SHORTER.get(language.lower(), language.lower())]
    for part in rest:
        script = len(part) == 4 and part.isalpha()
        parts.append(part.title() if script else part.upper() if len(part) == 2 else part.lower())
    return "-".join(parts)


def read_tag(text: str) -> str | None:
    """The tag that a text is, whatever its case, with hyphens or underscores; None when it is none."""
    tag = canonical_tag(text.replace("_", "-"))
    return tag if re.fullmatch(LANGUAGE_TAG, tag) else None


Language = Annotated[str, Field(pattern=LANGUAGE_TAG), AfterValidator(canonical_tag)]
"""A BCP 47 tag in its canonical form; two members share a language when their tags are equal."""
