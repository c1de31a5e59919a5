"""Sentences end at danda, full stop, question and exclamation mark, and nowhere else."""

from __future__ import annotations

import pytest

from newsharvest.exports.sentences import split


@pytest.mark.parametrize(
    "sentences",
    [
        ["किसान आए।", "वे घर गए॥", "क्या हुआ?", "वाह!", "आगे देखेंगे"],
        ["डॉ. शर्मा ने कहा कि प्रो. वर्मा और श्री. गुप्ता नहीं आए।", "वे कल आएंगे।"],
        ["कीमत 3.5 लाख रु. थी।", "अब 1,200.50 रुपये है।"],
        ["बैठक 22.11.2026 को 10.30 बजे होगी.", "सब आएंगे."],
        ["एस.पी. सिंह और ए. के. एंटनी ने के. चंद्रशेखर से बात की।", "वे मान गए।"],
        ["जी. किशन रेड्डी आए।", "वे नेता जी.", "उन्हें सब जानते हैं।"],
        ["उन्होंने कहा, “मैं नहीं जाऊंगा।”", "फिर वे चले गए।"],
        ["‘क्यों?’", "उसने पूछा।"],
        ["वह गया था.", "फिर लौट आया.", "उसने चाय ली."],
        ["1. पहला नियम यह है।", "2. दूसरा नियम वह है।"],
        ["यह साल 2026.", "अगला साल 2027 है।"],
        ["दूरी 12 कि.मी. है।", "वजन 5 कि.ग्रा. है।"],
        ["www.example.com पर देखें।", "Dr. Rao of M.I.T. said Rs. 500 is enough.", "He left."],
        ["वह सोचता रहा... और फिर चला गया।", "बस।"],
        ["वे आए।।", "वे गए।"],
        ["किसान आए|", "वे घर गए |"],
        ["नाम | उम्र | शहर"],
        ["यह सच है!!!", "क्या?!", "हां।"],
    ],
)
def test_a_line_is_split_into_its_sentences(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


def test_a_danda_without_space_behind_it_ends_a_sentence() -> None:
    assert split("किसान आए।वे घर गए।“चलो” कहा।") == ["किसान आए।", "वे घर गए।", "“चलो” कहा।"]


def test_nothing_is_lost() -> None:
    line = "डॉ. क ने 3.5 कहा।।ख? (ग!) 'घ.' ... । . ॥ | ङ"
    assert "".join("".join(split(line)).split()) == "".join(line.split())
    assert split("") == split("  ") == []
