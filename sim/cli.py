"""The command line: ``forestall VERB key=value ...``.

Answers go to stdout, everything else to stderr. Exit status: 0 done, 1 failed work, 2 bad input, 130 after
Ctrl-C. Nothing heavy is imported before a verb needs it.
"""

from __future__ import annotations

import datetime
import json as _json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError, UnknownOptionError

from sim.ground.check import BadInput, FailedWork
from sim.study.command import app as study_app

if TYPE_CHECKING:
    from sim.study.compare import Study

_RUNS = """\
  runs=64        runs of each policy: parameter draws x replicates
  replicates=4   runs that share one draw of the uncertain parameters
  draws=16       parameter draws, instead of runs
  seed=1         the same seed gives the same results, on any number of workers
  workers=2      processes (default: all cores)
  output=FOLDER  default: outputs/SCENARIO-CONFIGHASH. An interrupted study is
                 completed there; a folder with other settings is refused"""
_WHERE = """\
  scenario=sahra a scenario's name, or a folder
  stage=NAME     a start of the scenario, by name or date (default: its first)
  days=365       days simulated (default: as many as the scenario says)
  decision=eu_2012
                 who warns and decides (default: instant, each policy by its own
                 rule); docs/decision.md lists the processes; a+b joins reforms
  theory=predation
                 a rival structure of the model (default: as_stated): elite_led,
                 from_below, predation, control_only, costs_always_weighed"""

_HELP = {
    "": """\
Simulate how violence against civilians escalates in a country, and how much
each policy of prevention and response changes that. Every answer is a
distribution over many runs.

Start here:
  forestall scenarios                which countries and crises there are
  forestall compare scenario=sahra   compare policies, write a report to open
  forestall COMMAND --help           more on one command

Settings are written key=value, without dashes: runs=256 seed=2""",
    "scenarios": "List the scenarios that come with the program.",
    "check": """\
Check a scenario folder and say what is wrong with it.

Prints every problem with its place, the reason and what to write instead
(exit status 2), or a summary of what is in the folder (exit status 0).

For instance:
  forestall check scenarios/car_2013""",
    "new": """\
Draft a scenario of a country from open data.

Writes a folder NAME here, in which every value says where it comes from and
every gap is marked as an assumption. Only what was public on the first day is
used. docs/new_theatre.md lists the data sets worth downloading; without any,
the draft rests on built-in tables.

For instance:
  forestall new ghana --country GHA --data ~/downloads
  forestall check ghana
  forestall run scenario=ghana runs=8""",
    "controls": """\
Draw quiet controls: countries at high risk in which no mass violence came.

From the thirty countries at highest risk on 1 January of each year, less those
with 25 or more civilians killed that year or the year before. With --into, a
scenario of each is drafted there. A model should leave them quiet.

For instance:
  forestall controls --years 2005-2014 --count 24 --seed 1 --data ~/downloads""",
    "run": f"""\
Simulate one policy many times.

Writes tables, a summary and a report into an output folder.

For instance:
  forestall run scenario=car_2013 policy=none runs=64 seed=1

Settings:
{_WHERE}
  policy=none    a policy's name; a+b runs two together
{_RUNS}""",
    "compare": f"""\
Compare policies: what each changes against a baseline.

All policies meet the same random numbers. Writes tables, a summary and a
report into an output folder.

For instance:
  forestall compare scenario=car_2013 'policies=[none,mediation]' runs=256

Settings:
{_WHERE}
  'policies=[none,preventive_deployment]'
                 names of policies, quoted for the shell; a+b runs two together
  baseline=none  what every policy is compared with; added to the policies
  timing_runs=16 runs of each policy decided 30, 60 and 90 days later
                 (default: a quarter of runs; 0: none)
  structure_runs=32
                 runs of each policy under each rival theory of the model, which
                 give the structural range (default: 0, not computed)
{_RUNS}""",
    "hindcast": f"""\
Score the model against what was observed.

Simulates the staged starts of a scenario with what outsiders really did, and
sets the runs beside published facts, windows and recorded deaths by month. Prints
the card of the theatre: what the model gets right and what it gets wrong.

For instance:
  forestall hindcast car_2013

Settings:
  stage=NAME     one start only, by name or date
  parameters=own the theatre's own posterior where it has one (default); stated:
                 none; pooled: that of all theatres; left_out: that of all but
                 this one, so that nothing of it was calibrated on
{_RUNS}""",
    "benchmark": "Score parts of the model on public benchmarks.",
    "displacement": """\
Score the flight of refugees to camps against observed counts.

Reads one conflict in the files that FLEE publishes, simulates flight with one
parameter set for all conflicts, and scores it beside rules that fit nothing.

For instance:
  forestall benchmark displacement --input mali2012/input_csv --observed mali2012/source_data""",
    "policy": "Policies: whether a file can be used.",
    "policy check": """\
Check a policy: everything that is wrong with it, or what it would take.

A file, the name of a policy, or a class (file.py:Class). Prints every problem
with its place, the reason and what to write instead (exit status 2), or the
steps in order with their rules and lead times, the cost to each payer if all of
it runs, and what it needs (exit status 0). Nothing is simulated.

For instance:
  forestall policy check my_policy.yaml scenario=car_2013

Settings:
  scenario=sahra a scenario's name, or a folder
  stage=NAME     a start of the scenario, by name or date (default: its first)
  decision=eu_2012
                 who decides (default: instant)""",
    "explain": """\
Why two policies differ, in the model.

For the output folder of a finished comparison. Computes some of its runs again
with single channels and instruments of the second policy switched back to the
first, under the same random numbers, and says which made the difference, with
intervals; then by perpetrator, prefecture and month. Adds explain.json to the
folder, and a section to its report.

For instance:
  forestall explain outputs/sahra-0123456789 none preventive_deployment

Settings:
  runs=32        runs computed again for each channel and instrument
  workers=2      processes (default: all cores)""",
    "chain": """\
Where the days go between a first sign and an effect, and where warnings die.

For an output folder of a study with decision=... Days count from the first
day; medians with the range of 90 % of the runs that came so far.

For instance:
  forestall chain outputs/sahra-0123456789""",
    "watch": """\
Watch many simulated countries for years, and score those who warn.

Every country is a version of the fictional one, most of them calm. Prints how
well the risk matrix tells mass killing a quarter ahead, beside simple rivals,
a structural model with published weights and persistence among them, and how many
warnings came in time or in vain: by the rule of whose file is read first
(by_risk, severity_tractability, rotating, first_come, media). Takes about half a
second a country-year. It is skill inside the simulated world only.

For instance:
  forestall watch countries=67 years=3 'decisions=[eu_2012,reform_4]' seed=1""",
    "instruments": """\
List the instruments of prevention and response, or tell one in full.

For each: what it does and through which channels, who decides, lead time, cost
and payer, needs, pitfalls, and the evidence with its grade and range.

For instance:
  forestall instruments
  forestall instruments travel_ban""",
    "report": """\
Write the report of an output folder anew.

Prints where report.html is. Nothing is simulated.

For instance:
  forestall report outputs/sahra-0123456789""",
}

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the answer as JSON, for programs.")]
Settings = Annotated[str, Parameter(show=False)]
Country = Annotated[str, Parameter(help="ISO 3166 code of three letters, such as KEN.")]
From = Annotated[str, Parameter(name="--from", help="First day, YYYY-MM-DD (default: today).")]
Data = Annotated[str, Parameter(help="Folder with the data sets you downloaded.")]
Into = Annotated[str, Parameter(help="Folder to write into.")]
Years = Annotated[str, Parameter(help="Years to draw from: 2012, or 2005-2014.")]
Count = Annotated[int, Parameter(help="How many, each of another country.")]
Seed = Annotated[int, Parameter(help="The same seed draws the same.")]

app = App(
    name="forestall",
    help=_HELP[""],
    help_format="plaintext",
    version=lambda: _version(),
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)
app.command(study_app)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("forestall")
    except PackageNotFoundError:
        return "not installed"


@app.command(help=_HELP["scenarios"])
def scenarios(*, json: Json = False) -> int:
    from sim.scenario.read import find_scenarios, read_theatre

    rows: list[dict[str, Any]] = []
    for name, title, folder in find_scenarios():
        row: dict[str, Any] = {
            "name": name,
            "title": title,
            "folder": str(folder),
            "days": None,
            "people": None,
        }
        try:
            theatre = read_theatre(folder)
            row |= {
                "days": theatre.days,
                "people": theatre.people,
                "stages": [stage.name for stage in theatre.stages],
            }
        except BadInput as error:
            row["problem"] = str(error)
        rows.append(row)
    if json:
        _print_json(rows)
        return 0
    width = max((len(row["name"]) for row in rows), default=4)
    print(f"{'name':<{width}}  {'days':>5}  {'people':>11}  title")
    for row in rows:
        counts = "      broken       " if row["days"] is None else f"{row['days']:>5}  {row['people']:>11,}"
        print(f"{row['name']:<{width}}  {counts}  {row['title']}")
    for row in rows:
        if "problem" in row:
            print(
                f"\n{row['name']} cannot be read; forestall check {row['folder']} says why", file=sys.stderr
            )
    return 0


@app.command(help=_HELP["check"])
def check(folder: str, /, *, json: Json = False) -> int:
    from sim.scenario.read import check_theatre, read_theatre

    problems = check_theatre(folder)
    if not problems:
        from sim.study.hindcast import observed_problems
        from sim.study.plan import theatre_problems

        problems = [*theatre_problems(read_theatre(folder)), *observed_problems(read_theatre(folder))]
    if problems:
        if json:
            keys = ("what", "where", "why", "instead")
            _print_json({"ok": False, "problems": [{key: getattr(p, key) for key in keys} for p in problems]})
        for problem in problems:
            print(problem, file=sys.stderr)
        count = len(problems)
        print(f"\n{folder}: {count} problem{'s' if count > 1 else ''}", file=sys.stderr)
        return 2
    theatre = read_theatre(folder)
    inside = sum(place.inside for place in theatre.places)
    found = {
        "ok": True,
        "name": theatre.name,
        "title": theatre.title,
        "places": inside,
        "places_outside": len(theatre.places) - inside,
        "prefectures": len(theatre.prefectures),
        "people": theatre.people,
        "groups": len(theatre.groups),
        "actors": len(theatre.actors),
        "institutions": len(theatre.institutions),
        "stages": {
            stage.name: {"start": stage.start.isoformat(), "days": stage.days} for stage in theatre.stages
        },
        "policies": sorted(theatre.policies),
        "assumption_share": theatre.assumption_share,
    }
    if json:
        _print_json(found)
        return 0
    print(f"{theatre.name}: {theatre.title}")
    print(
        f"  places        {inside} in {len(theatre.prefectures)} prefectures, "
        f"{found['places_outside']} outside"
    )
    print(f"  people        {theatre.people:,} in {len(theatre.groups)} groups")
    print(f"  actors        {len(theatre.actors)} armed, {len(theatre.institutions)} institutions")
    for stage in theatre.stages:
        print(f"  stage         {stage.name}: {stage.days} days from {stage.start}")
    print(f"  policies      {', '.join(sorted(theatre.policies)) or 'none of its own'}")
    print(f"  assumptions   {theatre.assumption_share:.0%} of its numbers (the others carry a source)")
    print("no problem found")
    return 0


@app.command(help=_HELP["new"])
def new(
    name: str, /, *, country: Country, from_: From = "", data: Data = "", into: Into = ".", json: Json = False
) -> int:
    from sim.drafting import Library, draft_theatre

    drafted = draft_theatre(name, country, _day(from_), Library.of(data or None), into)
    if json:
        from dataclasses import asdict

        _print_json(asdict(drafted) | {"folder": str(drafted.folder), "start": drafted.start.isoformat()})
        return 0
    print(f"{drafted.title}: {drafted.folder}")
    print(f"  places        {drafted.places}, {drafted.people:,} people in {drafted.groups} groups")
    print(f"  armed         {drafted.actors} organisations")
    print(f"  data          {', '.join(drafted.used) or 'none given: built-in tables only'}")
    print(f"  not found     {', '.join(drafted.missing) or 'nothing'}")
    print(f"  assumptions   {drafted.assumption_share:.0%} of its numbers; the main ones:")
    for gap in drafted.gaps:
        print(f"    {gap}")
    if drafted.retrospective:
        print(f"  hindsight     {len(drafted.retrospective)} risk factors come from a later edition of their source")
    print(f"SOURCES.md says which. Next: forestall check {drafted.folder}")
    return 0


@app.command(help=_HELP["controls"])
def controls(
    *, years: Years, count: Count = 24, seed: Seed = 1, data: Data = "", into: Into = "", json: Json = False
) -> int:
    from sim.drafting import Library, draft_theatre
    from sim.drafting.controls import draw_controls

    library = Library.of(data or None)
    rows: list[dict[str, Any]] = []
    for one in draw_controls(_years(years), count, seed, library):
        name = f"control_{one.state.iso3.lower()}_{one.year}"
        row = {"name": name, "country": one.state.iso3, "year": one.year, "rank": one.rank, "index": one.index}
        row |= {"killed_before": one.before, "killed_that_year": one.during, "folder": None}
        if into:
            start = datetime.date(one.year, 1, 1)
            row["folder"] = str(draft_theatre(name, one.state.iso3, start, library, into).folder)
        rows.append(row)
    if json:
        _print_json(rows)
        return 0
    print(f"{'name':<18} {'rank':>4} {'index':>6}  civilians killed: year before, that year")
    for row in rows:
        told = f"{row['killed_before']:.0f}, {row['killed_that_year']:.0f}"
        print(f"{row['name']:<18} {row['rank']:>4} {row['index']:>6.3f}  {told}")
    return 0


def _years(text: str) -> range:
    first, _, last = text.partition("-")
    if not (first.isdigit() and (last or first).isdigit() and int(first) <= int(last or first) < 10_000):
        raise BadInput(f"{text!r} are no years", where="--years", instead="2012, or 2005-2014")
    return range(int(first), int(last or first) + 1)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text) if text else datetime.date.today()
    except ValueError:
        raise BadInput(f"{text!r} is no date", where="--from", instead="YYYY-MM-DD, such as 2013-12-05") from None


@app.command(help=_HELP["run"])
def run(*settings: Settings, json: Json = False) -> int:
    return _study("run", settings, json)


@app.command(help=_HELP["compare"])
def compare(*settings: Settings, json: Json = False) -> int:
    return _study("compare", settings, json)


@app.command(help=_HELP["hindcast"])
def hindcast(name: str, /, *settings: Settings, json: Json = False) -> int:
    from sim.config import study_config
    from sim.scenario.read import read_theatre

    if "=" in name:
        raise BadInput(
            "no scenario is named", where="forestall hindcast", instead=f"forestall hindcast car_2013 {name}"
        )
    config = study_config("hindcast", (f"scenario={name}", *settings))
    theatre = read_theatre(config.scenario, config.stage)
    from sim.study import hindcast as scoring

    found: Any = scoring.hindcast(theatre, config)
    if json:
        _print_json(found)
    else:
        from sim.study import card

        print("\n".join(card.lines(found["card"])))
        print("\nScores")
        _print_scores({name: value for name, value in found.items() if name != "card"}, "  ")
    return 0


benchmark = App(name="benchmark", help=_HELP["benchmark"], help_format="plaintext", result_action="return_value")
app.command(benchmark)


@benchmark.command(help=_HELP["displacement"])
def displacement(
    *,
    input: Annotated[str, Parameter(help="Folder with locations, routes, closures, conflicts, sim_period.")],
    observed: Annotated[str, Parameter(help="Folder with data_layout and the series of the camps.")],
    runs: Annotated[int, Parameter(help="Runs, which differ in chance and in parameters.")] = 20,
    seed: Annotated[int, Parameter(help="The same seed gives the same results.")] = 1,
    capacities: Annotated[
        bool, Parameter(negative="", help="Let published capacities limit camps: they leak the answer.")
    ] = False,
    save: Annotated[str, Parameter(help="File for the forecast: people by day and camp.")] = "",
    json: Json = False,
) -> int:
    from sim.study.displacement import benchmark as score

    found = score(input, observed, runs=runs, seed=seed, capacities=capacities)
    if save:
        found.write_forecast(save)
    if json:
        _print_json(found.summary)
    else:
        print("\n".join(found.lines()))
    for note in found.summary["notes"]:
        print(f"note: {note}", file=sys.stderr)
    return 0


@app.command(help=_HELP["explain"])
def explain(output_dir: str, policy_a: str, policy_b: str, /, *settings: Settings, json: Json = False) -> int:
    from sim.config import explain_config

    config = explain_config(settings)
    from sim.study import explain as explaining
    from sim.study.compare import Bar, cores

    watcher = Bar() if sys.stderr.isatty() else None
    found = explaining.explain(
        output_dir, policy_a, policy_b, runs=config.runs, workers=config.workers or cores(), watcher=watcher
    )
    path = _write_report(Path(output_dir))
    if json:
        _print_json({"output": output_dir, "report": str(path), **found})
        return 0
    for line in explaining.lines(found):
        print(_wrapped(line))
    print(f"report: {path}")
    return 0


policy = App(name="policy", help=_HELP["policy"], help_format="plaintext", result_action="return_value")
app.command(policy)


@policy.command(name="check", help=_HELP["policy check"])
def policy_check(target: str, /, *settings: Settings, json: Json = False) -> int:
    from sim.config import policy_config

    config = policy_config(settings)
    from sim.scenario.read import read_theatre
    from sim.study import policy as policies

    theatre = read_theatre(config.scenario, config.stage)
    found, problems = policies.check_policy(target, theatre, config.decision)
    if found is None or problems:
        if json:
            keys = ("what", "where", "why", "instead")
            _print_json({"ok": False, "problems": [{key: getattr(p, key) for key in keys} for p in problems]})
        for problem in problems:
            print(problem, file=sys.stderr)
        print(f"\n{target}: {len(problems)} problem{'s' if len(problems) != 1 else ''}", file=sys.stderr)
        return 2
    told = policies.described(found, theatre)
    if json:
        _print_json({"ok": True, **told})
    else:
        print("\n".join(policies.lines(told)))
    return 0


@app.command(help=_HELP["chain"])
def chain(output_dir: str, /, *, json: Json = False) -> int:
    from sim.study import chain as ledgers
    from sim.study.store import read_manifest

    folder = Path(output_dir)
    decision = read_manifest(folder)["config"].get("decision", "instant")
    found = ledgers.summarise(folder)
    if json:
        _print_json({"output": str(folder), "decision": decision, "policies": found})
        return 0
    for line in ledgers.lines(decision, found):
        print(line)
    return 0


@app.command(help=_HELP["watch"])
def watch(*settings: Settings, json: Json = False) -> int:
    from sim.config import watch_config

    config = watch_config(settings)
    from sim.study import watch as watching

    found = watching.watch(config)
    if json:
        _print_json(found)
        return 0
    for line in watching.lines(found):
        print(line)
    return 0


@app.command(help=_HELP["instruments"])
def instruments(name: str = "", /, *, json: Json = False) -> int:
    from sim.view import catalogue

    found: Any = catalogue.entry(name) if name else catalogue.listing()
    if json:
        _print_json(found)
    elif name:
        print(f"{found['title']} ({found['mode']}; {', '.join(found['sections'])})")
        for heading, text in catalogue.lines(found):
            print(_wrapped(f"  {heading:<12} {text}"))
    else:
        section = ""
        for row in found:
            if row["section"] != section:
                section = row["section"]
                print(section)
            print(_wrapped(f"  {row['name']:<34} {row['does']}"))
    return 0


@app.command(help=_HELP["report"])
def report(output_dir: str, /, *, json: Json = False) -> int:
    from sim.study.store import read_manifest, verify

    folder = Path(output_dir)
    read_manifest(folder)
    damaged = verify(folder)
    if damaged:
        raise FailedWork(
            f"{', '.join(damaged)} is missing or not as it was written", where=str(folder),
            why="a report of damaged tables would mislead",
            instead="compute the study again into a new folder",
        )  # fmt: skip
    path = _write_report(folder)
    if json:
        _print_json({"output": str(folder), "report": str(path)})
    else:
        print(path)
    return 0


def _study(verb: str, settings: Sequence[str], as_json: bool) -> int:
    from sim.config import study_config

    config = study_config(verb, settings)
    from sim.study.compare import carry_out

    study = carry_out(config)
    try:
        path: Path | None = _write_report(study.output)
        broken = ""
    except (BadInput, FailedWork) as error:
        path, broken = None, str(error)
    if as_json:
        _print_json({"output": str(study.output), "report": str(path) if path else None, **study.summary})
    else:
        _print_finding(study, path)
    if study.failed:
        first = study.failed[0]
        print(
            f"{len(study.failed)} of {study.manifest['planned_runs']} runs failed and are left out; "
            "manifest.json lists them.\n"
            f"  first: policy {first.policy}, draw {first.draw}, replicate {first.replicate}: {first.error}\n"
            "  instead: mend the cause and give the same command again; finished runs are kept",
            file=sys.stderr,
        )
    if broken:
        print(
            f"The report could not be written; tables and summary are in {study.output}.\n{broken}",
            file=sys.stderr,
        )
    return 1 if study.failed or broken else 0


def _write_report(folder: Path) -> Path:
    try:
        from sim.view.report import write_report

        return write_report(folder)
    except (BadInput, FailedWork, KeyboardInterrupt):
        raise
    except Exception as error:
        if os.environ.get("FORESTALL_TRACEBACK"):
            raise
        raise FailedWork(
            f"the report could not be written ({type(error).__name__}: {error})", where=str(folder),
            instead=f"forestall report {folder} tries again; the tables are complete",
        ) from error  # fmt: skip


def _print_finding(study: Study, path: Path | None) -> None:
    """The finding in a few lines, and where everything is."""
    summary = study.summary
    policies = summary["policies"]
    if len(policies) == 1:
        for name, row in policies.items():
            deaths, fled = (row["outcomes"][key] for key in ("civilian_deaths", "displaced_internal"))
            print(
                f"{row['title']} ({name}), {row['runs']} runs: {deaths['mean']:,.0f} simulated civilians "
                f"killed on average ({deaths['q05']:,.0f} to {deaths['q95']:,.0f} in 90 % of runs), "
                f"{fled['mean']:,.0f} displaced inside."
            )
    else:
        for line in summary["finding"]:
            print(_wrapped(line))
    print(f"report: {path}" if path else f"tables: {study.output}")


def _wrapped(line: str) -> str:
    """The line as it is, or broken between words where a terminal would break it anywhere."""
    if not sys.stdout.isatty():
        return line
    import shutil
    import textwrap

    return textwrap.fill(line, shutil.get_terminal_size().columns, subsequent_indent="  ")


def _print_scores(found: Any, indent: str = "") -> None:
    """Scores as lines of ``name  value``."""
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            _print_scores(value, indent + "  ")
        elif isinstance(value, list):
            print(f"{indent}{name:<28}{len(value)} entries (--json shows them)")
        else:
            print(
                f"{indent}{name:<28}{value:.3g}" if isinstance(value, float) else f"{indent}{name:<28}{value}"
            )


def _print_json(content: Any) -> None:
    print(_json.dumps(content, indent=1, ensure_ascii=False))


def _silence_stdout() -> None:
    """What could not be written must not be tried again when the process ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line `words` (default: those of the process); the exit status."""
    try:
        status = app(list(sys.argv[1:] if words is None else words), exit_on_error=False, print_error=False)
        if sys.stdout is not None:  # closed by the caller
            sys.stdout.flush()
        return int(status or 0)
    except CycloptsError as error:
        text = str(error)
        if isinstance(error, UnknownOptionError) and "Did you mean" not in text:
            text += " Settings are written without dashes, key=value: runs=64."
        print(f"{text}\n  instead: forestall --help shows what there is", file=sys.stderr)
        return 2
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    except FailedWork as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; finished runs are kept, and the same command completes them", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of stdout has left
        _silence_stdout()
        return 1
    except OSError as error:  # a full disk, a folder that is gone
        _silence_stdout()
        print(
            f"{error.filename or 'output'}: {error.strerror or error}\n"
            "  instead: make room, or give a place that can be read and written; finished runs are kept",
            file=sys.stderr,
        )
        return 1
    except Exception as error:
        if os.environ.get("FORESTALL_TRACEBACK"):
            raise
        print(
            f"something in Forestall itself failed: {type(error).__name__}: {error}\n"
            "  instead: set FORESTALL_TRACEBACK=1, give the command again, and report what it prints",
            file=sys.stderr,
        )
        return 1
