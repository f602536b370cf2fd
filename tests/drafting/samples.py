"""A few rows of each format as its publisher writes it; numbers are invented, columns are the published ones."""

from __future__ import annotations

import json
from pathlib import Path

AREA = [[[10.0, 0.0], [20.0, 0.0], [20.0, 10.0], [10.0, 10.0], [10.0, 0.0]]]


def _feature(**properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": AREA}}


def _collection(*features: dict[str, object]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


_TOLLS = [f"{kind}_total_deaths_{end}_cy" for kind in ("sb", "ns", "os") for end in ("best", "low", "high")]

SAMPLES: dict[str, tuple[str, str]] = {
    "ucdp_country_years": (
        "organizedviolencecy.csv",
        "country_id_cy,country_cy,year_cy,main_govt_name_cy,sb_dyad_names_cy,os_dyad_names_cy,"
        "os_any_govt_killings_best_cy," + ",".join(_TOLLS) + ",version\n"
        "482,Central African Republic,2011,Government of CAR,Government of CAR - Alba Front; Government of X - Bands,"
        "Bands - Civilians,5,48,40,83,64,60,70,83,80,90,25.1\n",
    ),
    "ucdp_one_sided": (
        "OneSided_v25_1.csv",
        "conflict_id,dyad_id,actor_id,coalition_components,actor_name,actor_name_fulltext,actor_name_mothertongue,year,"
        "best_fatality_estimate,low_fatality_estimate,high_fatality_estimate,is_government_actor,location,gwno_location,"
        "gwnoa,region,version\n"
        '1,2,3,,Bands,Bands,,2011,60,50,80,0,"Central African Republic, Sudan","482, 625",,4,25.1\n'
        "1,2,4,,Government,Government,,2011,10,10,10,1,Sudan,625,625,4,25.1\n",
    ),
    "ucdp_events": (
        "GEDEvent_v25_1.csv",
        "id,relid,year,type_of_violence,side_a,side_b,where_prec,country,country_id,date_start,date_end,best,high,low,"
        "latitude,longitude\n"
        "1,x,2011,1,Government of CAR,Alba Front,1,Central African Republic,482,2011-03-04 00:00:00.000,2011-03-04,7,9,"
        "5,8.4,20.6\n",
    ),
    "ucdp_conflicts": (
        "ucdp-prio-acd-221.csv",
        "conflict_id,location,side_a,side_b,incompatibility,territory_name,year,gwno_a,version\n"
        "1,Central African Republic,Government of CAR,\"Alba Front, Bands\",1,Alba,2010,482,22.1\n"
        "1,Central African Republic,Government of CAR,Alba Front,2,,2011,482,22.1\n"
        "1,Central African Republic,Government of CAR,Alba Front,1,Alba,2013,482,22.1\n",
    ),
    "epr": (
        "EPR-2021.csv",
        "gwid,statename,from,to,group,groupid,gwgroupid,umbrella,size,status,reg_aut\n"
        "482,Central African Republic,2009,2012,Hill people,1,48201000,,0.6,SENIOR PARTNER,false\n"
        "482,Central African Republic,2009,2012,Plain people,2,48202000,,0.3,DISCRIMINATED,false\n",
    ),
    "geo_epr": (
        "GeoEPR.geojson",
        _collection(
            _feature(gwid=482, gwgroupid=48202000, **{"from": 2009, "to": 2021}, sqkm=1.0, type="Regionally based")
        ),
    ),
    "vdem": (
        "V-Dem-CY-Full+Others-v15.csv",
        "country_name,country_text_id,country_id,year,v2x_polyarchy,v2x_polyarchy_codelow,v2x_polyarchy_codehigh,"
        "v2x_freexp_altinf,v2x_clphy\n"
        "Central African Republic,CAF,71,2011,0.31,0.28,0.34,0.5,0.4\n",
    ),
    "polity": (
        "p5v2018.csv",
        "p5,cyear,ccode,scode,country,year,democ,autoc,polity2,durable\n0,4822011,482,CEN,CAR,2011,1,2,-1,8\n",
    ),
    "wdi": (
        "API_WDI.csv",
        '"Data Source","World Development Indicators",\n\n"Last Updated Date","2025-01-28",\n\n'
        '"Country Name","Country Code","Indicator Name","Indicator Code","2010","2011",\n'
        '"Central African Republic","CAF","Infant mortality","SP.DYN.IMRT.IN","92.1","..",\n'
        '"Central African Republic","CAF","Armed forces","MS.MIL.TOTL.P1","","3150",\n',
    ),
    "wdi_mortality": ("infmort.csv", "gwcode,year,infmort\n482,2010,91.1\n482,2011,NA\n"),
    "wdi_income": ("gdp.csv", "gwcode,year,NY.GDP.MKTP.KD,NY.GDP.PCAP.KD\n482,2011,2.4e9,550\n"),
    "population": ("population.csv", "gwcode,year,pop\n482,2011,4436.2\n"),
    "coups": ("powell_thyne.txt", "country\tccode\tyear\tmonth\tday\tcoup\tversion\nCAR\t482\t2003\t3\t15\t2\tV1\n"),
    "reign_elections": (
        "electionlist.csv",
        "ccode,electionnumber,country,elec_year,elec_month,elec_day,sequence,event,elecnum,type,direct,regular\n"
        '482,1,CAR,2012,12,31,1,"Vote, As Scheduled",482001,X,Y,Y\n'
        "482,2,CAR,2012,11, ,1,Announced,482002,L,Y,N\n"
        '482,2,CAR,2013,2,31,2,"Vote, Early",482002,L,Y,N\n'
        "482,3,CAR,2013,3, ,1,Announced,482003,R,Y,N\n"
        '482,3,CAR,2013,4,2,2,"Vote, Early",482003,R,Y,N\n',
    ),
    "reign_regimes": (
        "regime_list.csv",
        "cowcode,gwf_country,gwf_casename,gwf_startdate,gwf_enddate,gwf_regimetype\n"
        "482,CAR,CAR1,3/15/2003,3/24/2013,personal\n",
    ),
    "geo_pko": (
        "Geo_PKO_v.2.3.csv",
        "source,mission,year,month,country,location,latitude,longitude,no.troops,infantry\n"
        "m,MINURCAT,2011,1,Central African Republic,Birao,10.28,22.78,300,300\n"
        "m,MINURCAT,2011,6,Central African Republic,Birao,10.28,22.78,100,100\n"
        "m,MINURCAT,2011,6,Central African Republic,Bangui,4.36,18.55,unknown,unknown\n",
    ),
    "unhcr": (
        "population_figures.csv",
        'Year,Country of origin,Country of origin (ISO),Country of asylum,Country of asylum (ISO),"Refugees under '
        "UNHCR's mandate\",IDPs of concern to UNHCR\n"
        "2011,CAR,CAF,Chad,TCD,85000,0\n2011,CAR,CAF,CAR,CAF,0,105000\n",
    ),
    "natural_earth": (
        "ne_110m_admin_0_countries.json",
        _collection(_feature(featurecla="Admin-0 country", ADM0_A3="CAF", ISO_A3="CAF", ISO_A3_EH="CAF")),
    ),
}
"""Format -> (file name, content)."""


def write_samples(folder: Path, **instead: str) -> Path:
    """Write every sample into `folder`, with other content for the formats in `instead` ("" leaves one out)."""
    for key, (name, content) in SAMPLES.items():
        text = instead.get(key, content)
        if text:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
