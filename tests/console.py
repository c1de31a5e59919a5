"""Running the command line in tests: in this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from newsharvest.cli import main

PROSE = (
    "नहर विभाग ने सोमवार को बताया कि रजवाहे की सफाई का काम इस महीने के अंत तक पूरा कर लिया जाएगा।",
    "किसानों का कहना है कि पानी समय पर नहीं मिला तो गेहूं की बुवाई में देर होगी और लागत भी बढ़ जाएगी।",
    "अधिशासी अभियंता ने आश्वासन दिया कि टेल तक पानी पहुंचाने के लिए रात में भी निगरानी की जा रही है।",
)
JUNK = "यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान"
DUMP = "\n".join((PROSE[0], JUNK, *PROSE[1:], "Leave a Comment"))
MARATHI = (
    "महापालिकेने सोमवारी सांगितले की शहरातील रस्त्यांची दुरुस्ती या महिन्यात पूर्ण केली जाणार आहे.\n"
    "नागरिकांनी सांगितले की पावसाळ्यापूर्वी हे काम झाले नाही तर त्यांना मोठा त्रास होणार आहे आणि वाहतूक बंद पडेल.\n"
    "आयुक्तांनी मात्र काम वेळेत पूर्ण होईल असे आश्वासन दिले आहे."
)


def run(*arguments: object, stdin: bytes | str | None = None) -> Result:
    """Run newsharvest in this process; a fault of the program is raised."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def command(*arguments: object) -> list[str]:
    """Return the words that run newsharvest as a process."""
    return [sys.executable, "-c", "from newsharvest.cli import main; main()", *map(str, arguments)]


def run_process(*arguments: object, **options) -> subprocess.CompletedProcess:
    """Run newsharvest as a process, outside the project's folder; ``env`` adds to the environment."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HARVEST_")} | options.pop(
        "env", {}
    )
    return subprocess.run(command(*arguments), capture_output=True, env=env, timeout=60, **options)


def write_corpus(folder: Path) -> Path:
    """Write four dumps: two stories, one of them twice, and a Marathi one."""
    folder.mkdir()
    other = "\n".join(reversed(PROSE))
    for name, text in (("a.txt", DUMP), ("b.txt", other), ("copy.txt", DUMP), ("marathi.txt", MARATHI)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder
