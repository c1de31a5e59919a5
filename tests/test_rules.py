"""Rules as data: each rule's own examples are its tests, and a file that is wrong says where."""

import pytest

from cleaners import rules
from cleaners.devanagari import match_key, words
from cleaners.lines import clean
from cleaners.model import Line, Metadata

ABOVE = "जिला प्रशासन ने मंगलवार को बताया कि बाढ़ राहत शिविरों में अब तक बारह सौ परिवार पहुंच चुके हैं।"
BELOW = "अधिकारियों के मुताबिक अगले दो दिनों में पानी का स्तर और घटने की संभावना जताई गई है।"
REMOVES = [(rule, text) for rule in rules.shared() for text in rule.removes]
KEEPS = [(rule, text) for rule in rules.shared() for text in rule.keeps]


def name(case):
    return case.id if isinstance(case, rules.Rule) else None


def find(rule, text):
    return rule.find(match_key(text), len(words(text)))


@pytest.mark.parametrize(("rule", "text"), REMOVES, ids=name)
def test_a_rule_matches_what_it_says_it_removes(rule, text):
    assert find(rule, text)


@pytest.mark.parametrize(("rule", "text"), KEEPS, ids=name)
def test_no_rule_takes_what_a_rule_says_it_keeps(rule, text):
    assert not find(rule, text)
    removals = clean([Line("paragraph", t) for t in (ABOVE, text, BELOW)], Metadata()).removals
    assert [removal for removal in removals if removal.text in text] == []


@pytest.mark.parametrize("rule", [r for r in rules.shared() if r.strength == "decisive"], ids=name)
def test_what_a_rule_removes_is_gone_from_a_page_and_signed_by_a_rule(rule):
    text = rule.removes[0]
    order = {"head": (text, ABOVE, BELOW), "tail": (ABOVE, BELOW, text), "edge": (ABOVE, BELOW, text)}
    lines = (ABOVE, BELOW, text) if rule.then == "end" else order.get(rule.where, (ABOVE, text, BELOW))
    cleaned = clean([Line("paragraph", line) for line in lines], Metadata(title="राहत शिविर"))
    assert rule.id in {identity for removal in cleaned.removals for identity in (removal.rule, *removal.because)}
    assert text not in [block.text for block in cleaned.blocks]
    assert {ABOVE, BELOW} <= {block.text for block in cleaned.blocks}


EXAMPLES = 'why = "w"\nremoves = ["क"]\nkeeps = ["ख"]\n'


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('id = "x"\nequals = ["क"]\nwhy = "w"\nremoves = ["क"]\n', "'keeps' is missing"),
        ('id = "x"\nequal = ["क"]\n' + EXAMPLES, "unknown key 'equal'"),
        ('id = "x"\nregex = "("\n' + EXAMPLES, "does not compile"),
        ('id = "x"\nregex = "{nowhere}"\n' + EXAMPLES, "no word list 'nowhere'"),
        ('id = "X y"\nequals = ["क"]\n' + EXAMPLES, "kebab-case"),
        ('id = "x"\n' + EXAMPLES, "one of 'equals'"),
        ('id = "x"\nequals = "क"\n' + EXAMPLES, "list of phrases"),
        ('id = "x"\nequals = ["क"]\nwhere = "top"\n' + EXAMPLES, "'where' must be"),
        ('id = "x"\nequals = ["क"]\naction = "trim"\n' + EXAMPLES, "only a 'regex'"),
        ('id = "x"\nequals = ["क"]\n' + EXAMPLES + '[[rule]]\nid = "x"\nequals = ["क"]\n' + EXAMPLES, "stands twice"),
        ('id = "x"\nequals = [\n', "mine.toml"),
    ],
)
def test_a_wrong_rule_is_refused_with_file_and_key(rule, message):
    with pytest.raises(rules.RuleError) as error:
        rules.load("[[rule]]\n" + rule, "mine")
    assert message in str(error.value)
    assert "mine.toml" in str(error.value)


def test_a_file_holds_rules_only():
    with pytest.raises(rules.RuleError, match=r"mine\.toml: unknown key 'rules'"):
        rules.load("rules = []\n", "mine")


def test_matching_is_blind_to_spelling():
    rule = rules.parse({"id": "x", "equals": ["यह भी पढ़ें"], "why": "w", "removes": ["r"], "keeps": ["k"]}, "mine")
    for spelling in ("यह भी पढ\u093cें", "यह भी पढ\u0947\u093c\u0902:", "यह भी पढें –", "» यह  भी पढ़ेंः", "[यह भी पढ़ें]"):
        assert find(rule, spelling), spelling
    assert not find(rule, "यह भी पढ़ेंगे")


def test_expressions_are_folded_but_keep_their_escapes():
    rule = rules.parse({"id": "x", "regex": r"^पढ़ें\S\s\d", "why": "w", "removes": ["r"], "keeps": ["k"]}, "mine")
    assert find(rule, "पढ़ें: 5")
    assert not find(rule, "पढ़ें 5")


def test_max_words_spares_long_lines():
    table = {"id": "x", "starts": ["फोटो"], "why": "w", "removes": ["r"], "keeps": ["k"], "max_words": 3}
    rule = rules.parse(table, "mine")
    assert find(rule, "फोटो एक दो")
    assert not find(rule, "फोटो एक दो तीन")


def test_rules_find_together_what_each_finds_alone():
    every = rules.RuleSet(rules.shared())
    lines = [match_key(text) for rule in rules.shared() for text in (*rule.removes, *rule.keeps)]
    counted = [(key, len(words(key))) for key in lines]
    near = every.narrowed(counted)
    for key, count in counted:
        alone = [(rule, span) for rule in rules.shared() if (span := rule.find(key, count))]
        assert every.match(key, count) == near.match(key, count) == alone
        assert every.narrowed([(key, count)]).match(key, count) == alone


def test_rules_for_a_page_are_those_whose_phrases_it_holds():
    table = {"id": "x", "regex": "लाल.*पतंग", "needs": ["पतंग"], "why": "w", "removes": ["r"], "keeps": ["k"]}
    rule = rules.parse(table, "mine")
    near = rules.RuleSet([rule]).narrowed([("लाल रंग", 2)])
    assert near.match("लाल पतंग", 2) == []
    assert rules.RuleSet([rule]).match("लाल पतंग", 2) == [(rule, (0, 8))]


def test_version_names_the_data():
    assert len(rules.rules_version()) == 12
    assert rules.rules_version() == rules.rules_version()
