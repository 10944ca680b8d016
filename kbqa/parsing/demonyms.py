"""English adjectives of countries: "Norwegian" says of Norway."""

from __future__ import annotations

__all__ = ["DEMONYMS"]

_DEMONYMS = """Afghan Afghanistan; Albanian Albania; Algerian Algeria; American United States|United States of America|USA|US;
Argentinian|Argentine Argentina; Armenian Armenia; Australian Australia; Austrian Austria; Azerbaijani Azerbaijan;
Bangladeshi Bangladesh; Belarusian Belarus; Belgian Belgium; Bolivian Bolivia; Bosnian Bosnia and Herzegovina|Bosnia;
Brazilian Brazil; British United Kingdom|UK|Great Britain|Britain; Bulgarian Bulgaria; Cambodian Cambodia; Canadian Canada;
Chilean Chile; Chinese China|People's Republic of China; Colombian Colombia; Croatian Croatia; Cuban Cuba; Cypriot Cyprus;
Czech Czech Republic|Czechia; Danish Denmark; Dutch Netherlands|The Netherlands|Holland; Ecuadorian Ecuador; Egyptian Egypt;
English England; Estonian Estonia; Ethiopian Ethiopia; Filipino|Philippine Philippines; Finnish Finland; French France;
Georgian Georgia; German Germany; Ghanaian Ghana; Greek Greece; Hungarian Hungary; Icelandic Iceland; Indian India;
Indonesian Indonesia; Iranian Iran; Iraqi Iraq; Irish Ireland; Israeli Israel; Italian Italy; Jamaican Jamaica;
Japanese Japan; Jordanian Jordan; Kazakh Kazakhstan; Kenyan Kenya; Korean South Korea|Korea; Kuwaiti Kuwait; Latvian Latvia;
Lebanese Lebanon; Libyan Libya; Lithuanian Lithuania; Malaysian Malaysia; Maltese Malta; Mexican Mexico; Moldovan Moldova;
Mongolian Mongolia; Moroccan Morocco; Nepalese|Nepali Nepal; Nigerian Nigeria; Norwegian Norway; Pakistani Pakistan;
Paraguayan Paraguay; Peruvian Peru; Polish Poland; Portuguese Portugal; Qatari Qatar; Romanian Romania; Russian Russia;
Saudi Saudi Arabia; Scottish Scotland; Serbian Serbia; Singaporean Singapore; Slovak Slovakia; Slovene|Slovenian Slovenia;
Spanish Spain; Sudanese Sudan; Swedish Sweden; Swiss Switzerland; Syrian Syria;
Taiwanese Taiwan; Tanzanian Tanzania; Thai Thailand; Tunisian Tunisia; Turkish Turkey|Türkiye; Ugandan Uganda;
Ukrainian Ukraine; Uruguayan Uruguay; Venezuelan Venezuela; Vietnamese Vietnam; Welsh Wales; Zambian Zambia"""


def _read() -> dict[str, tuple[str, ...]]:
    found = {}
    for entry in _DEMONYMS.replace("\n", " ").split("; "):
        said, country = entry.split(" ", 1)
        for adjective in said.split("|"):
            found[adjective.lower()] = tuple(country.split("|"))
    return found


DEMONYMS = _read()
"""Adjective in small letters → names that its country may have."""
